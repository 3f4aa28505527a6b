//! The empty workbook: the sheets with their headers, an example row, and what a clerk should know.

use std::path::Path;

use rust_xlsxwriter::{Format, Workbook};

use super::columns::{NOTES, SHEETS};

/// Writes it.
///
/// # Errors
/// When the file can't be written.
pub fn write(file: &Path) -> anyhow::Result<()> {
    let mut workbook = Workbook::new();
    let header = Format::new().set_bold();
    // Text: a code of twelve digits, or an amount, is no number to a spreadsheet.
    let text = Format::new().set_num_format("@");
    for sheet in SHEETS {
        let page = workbook.add_worksheet().set_name(sheet.name)?;
        for (at, column) in (0_u16..).zip(sheet.columns) {
            page.write_string_with_format(0, at, column.header, &header)?;
            page.write_string_with_format(1, at, column.example, &text)?;
            page.set_column_width(at, 16)?;
        }
        page.set_freeze_panes(1, 0)?;
    }
    let notes = workbook.add_worksheet().set_name("填写说明")?;
    for (at, note) in (0_u32..).zip(NOTES) {
        notes.write_string(at, 0, note)?;
    }
    notes.set_column_width(0, 100)?;
    workbook.save(file)?;
    Ok(())
}
