//! A workbook as forms: every cell is read as the text that it shows, so that no amount passes through a float.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context as _, ensure};
use calamine::{Data, Range, Reader as _, open_workbook_auto};
use kernel::{Fen, text::composed};
use proto::intake::v1::{
    BenefitLinkage, BudgetLine, BudgetUse, Content, Item, OperatingMode, PerformanceTarget, ProjectNature,
};

use super::{
    Fault,
    columns::{APPLICATIONS, BUDGET, ITEMS, SHEETS, Sheet, TARGETS, cell},
};

/// An application of the workbook.
pub struct Row {
    /// Its 序号.
    pub number: String,
    /// Name of the project.
    pub title: String,
    /// Its form, or what is wrong with its cells.
    pub content: Result<Content, Vec<Fault>>,
    /// Where each field of the form stands, by its path in the contract.
    pub cells: BTreeMap<String, String>,
}

/// Reads a workbook.
///
/// # Errors
/// When it is none, lacks a sheet or a column, or a row's number is missing or there twice.
pub fn read(file: &Path) -> anyhow::Result<Vec<Row>> {
    let mut workbook = open_workbook_auto(file).context("不是可读的工作簿 / is no workbook that can be read")?;
    let mut pages = BTreeMap::new();
    for sheet in SHEETS {
        let range = workbook.worksheet_range(sheet.name);
        let range = range.with_context(|| format!("缺少工作表“{}” / the sheet is missing", sheet.name))?;
        pages.insert(sheet.name, lines(sheet, &range)?);
    }
    let details = |sheet: &'static Sheet, number: &str| -> Vec<Line> {
        pages[sheet.name].iter().filter(|line| line.number() == number).cloned().collect()
    };
    let mut rows: Vec<Row> = Vec::new();
    for line in &pages[APPLICATIONS.name] {
        let number = line.number();
        ensure!(!number.is_empty(), "{}:缺少序号 / the row has no number", line.cell(0));
        ensure!(rows.iter().all(|row| row.number != number), "{}:序号重复 / the number is there twice", line.cell(0));
        let [items, budget, targets] = [&ITEMS, &BUDGET, &TARGETS].map(|sheet| details(sheet, number));
        rows.push(row(line, &items, &budget, &targets));
    }
    for sheet in [&ITEMS, &BUDGET, &TARGETS] {
        let stray = pages[sheet.name].iter().find(|line| rows.iter().all(|row| row.number != line.number()));
        if let Some(line) = stray {
            anyhow::bail!("{}:“申报”表没有这个序号 / no application has this number", line.cell(0));
        }
    }
    Ok(rows)
}

/// A row of a sheet, as text.
#[derive(Clone)]
struct Line {
    sheet: &'static Sheet,
    at: usize,
    texts: Vec<String>,
}

impl Line {
    fn number(&self) -> &str {
        &self.texts[0]
    }

    fn cell(&self, column: usize) -> String {
        cell(self.sheet.name, self.at, column)
    }
}

fn lines(sheet: &'static Sheet, range: &Range<Data>) -> anyhow::Result<Vec<Line>> {
    let (top, left) = range.start().map_or((0, 0), |(row, column)| (row as usize, column as usize));
    ensure!((top, left) == (0, 0), "工作表“{}”须从A1开始 / the sheet must begin at A1", sheet.name);
    let mut rows = range.rows();
    let headers: Vec<String> = rows.next().unwrap_or_default().iter().map(text).collect();
    for (at, column) in sheet.columns.iter().enumerate() {
        let found = headers.get(at).map_or("", String::as_str);
        let wanted = column.header;
        ensure!(found == wanted, "{}:应为“{wanted}” / must be {wanted:?}, is {found:?}", cell(sheet.name, 0, at));
    }
    let line = |(at, cells): (usize, &[Data])| {
        let texts = (0..sheet.columns.len()).map(|column| cells.get(column).map_or_else(String::new, text)).collect();
        Line { sheet, at: at + 1, texts }
    };
    let filled = |line: &Line| line.texts.iter().any(|text| !text.is_empty());
    Ok(rows.enumerate().map(line).filter(filled).collect())
}

/// What a cell shows, in composed form, which is the only one that a form may have. A number is written with as few digits as tell it from every other, and never with an exponent.
fn text(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        cell => composed(cell.to_string().trim()),
    }
}

/// Reads the cells of one line, and notes what is wrong and where each field stands.
struct Form<'a> {
    line: &'a Line,
    path: String,
    notes: &'a mut Notes,
}

/// What the reading of a row leaves besides the form.
#[derive(Default)]
struct Notes {
    faults: Vec<Fault>,
    cells: BTreeMap<String, String>,
}

impl<'a> Form<'a> {
    /// One line of a detail sheet.
    fn detail(section: &str, at: usize, line: &'a Line, notes: &'a mut Notes) -> Self {
        Form { line, path: format!("content.{section}[{at}]."), notes }
    }

    /// The text of a field, and its column.
    fn take(&mut self, field: &str) -> (String, usize) {
        let columns = self.line.sheet.columns;
        let column = columns.iter().position(|column| column.field == field).expect("a column of this sheet");
        self.notes.cells.insert(format!("{}{field}", self.path), self.line.cell(column));
        (self.line.texts[column].clone(), column)
    }

    fn text(&mut self, field: &str) -> String {
        self.take(field).0
    }

    /// A value read from a text; nothing when the cell is empty.
    fn value<T: Default>(&mut self, field: &str, read: impl FnOnce(&str) -> Result<T, String>) -> T {
        let (text, column) = self.take(field);
        if text.is_empty() {
            return T::default();
        }
        read(&text).unwrap_or_else(|reason| {
            self.notes.faults.push(Fault { cell: self.line.cell(column), reason });
            T::default()
        })
    }

    fn count(&mut self, field: &str) -> i32 {
        self.value(field, |text| text.parse().map_err(|_| format!("“{text}”不是整数 / is no whole number")))
    }

    fn fen(&mut self, field: &str) -> i64 {
        let read = |text: &str| Fen::parse_yuan(text).map(Fen::fen).map_err(|bad| format!("{} / {bad}", bad.zh()));
        self.value(field, read)
    }

    fn choice<T: Copy + Into<i32>>(&mut self, field: &str, choices: &[(&str, T)]) -> i32 {
        self.value(field, |text| {
            let found = choices.iter().find(|(name, _)| *name == text).map(|(_, choice)| (*choice).into());
            let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
            found.ok_or_else(|| format!("“{text}”应为{} / is no such choice", names.join("、")))
        })
    }
}

fn row(line: &Line, items: &[Line], budget: &[Line], targets: &[Line]) -> Row {
    let mut notes = Notes::default();
    let mut form = Form { line, path: "content.".into(), notes: &mut notes };
    let ways = form.text("linkage.ways");
    let content = Content {
        fiscal_year: form.count("fiscal_year"),
        title: form.text("title"),
        category: form.text("category"),
        sub_type: form.text("sub_type"),
        village: form.text("village"),
        place: form.text("place"),
        nature: form.choice("nature", &NATURES),
        responsible_unit: form.text("responsible_unit"),
        responsible_person: form.text("responsible_person"),
        operator: form.text("operator"),
        operating_mode: form.choice("operating_mode", &MODES),
        total_fen: form.fen("total_fen"),
        linkage: Some(BenefitLinkage {
            households: form.count("linkage.households"),
            persons: form.count("linkage.persons"),
            lifted_out_persons: form.count("linkage.lifted_out_persons"),
            monitored_persons: form.count("linkage.monitored_persons"),
            ways: ways
                .split(['、', ',', ','])
                .map(str::trim)
                .filter(|way| !way.is_empty())
                .map(str::to_owned)
                .collect(),
            ..BenefitLinkage::default()
        }),
        jobs: form.count("jobs"),
        temporary_jobs: form.count("temporary_jobs"),
        land_note: form.text("land_note"),
        environment_note: form.text("environment_note"),
        schedule: form.text("schedule"),
        ..Content::default()
    };
    let mut read_items = Vec::new();
    for (at, line) in items.iter().enumerate() {
        let mut form = Form::detail("items", at, line, &mut notes);
        read_items.push(Item {
            title: form.text("title"),
            quantity_milli: form.value("quantity_milli", thousandths),
            unit: form.text("unit"),
            unit_price_fen: form.fen("unit_price_fen"),
            amount_fen: form.fen("amount_fen"),
        });
    }
    let mut read_budget = Vec::new();
    for (at, line) in budget.iter().enumerate() {
        let mut form = Form::detail("budget", at, line, &mut notes);
        let (source, r#use) = (form.text("source"), form.choice("use", &USES));
        read_budget.push(BudgetLine { source, r#use, amount_fen: form.fen("amount_fen") });
    }
    let mut performance_targets = Vec::new();
    for (at, line) in targets.iter().enumerate() {
        let mut form = Form::detail("performance_targets", at, line, &mut notes);
        performance_targets.push(PerformanceTarget { indicator: form.text("indicator"), target: form.text("target") });
    }
    let title = content.title.clone();
    let content = Content { items: read_items, budget: read_budget, performance_targets, ..content };
    let content = if notes.faults.is_empty() { Ok(content) } else { Err(notes.faults) };
    Row { number: line.number().to_owned(), title, content, cells: notes.cells }
}

const NATURES: [(&str, ProjectNature); 4] = [
    ("新建", ProjectNature::New),
    ("扩建", ProjectNature::Extension),
    ("改建", ProjectNature::Renovation),
    ("续建", ProjectNature::Continuation),
];
const MODES: [(&str, OperatingMode); 4] = [
    ("自营", OperatingMode::Own),
    ("租赁", OperatingMode::Lease),
    ("入股", OperatingMode::Equity),
    ("委托", OperatingMode::Entrusted),
];
const USES: [(&str, BudgetUse); 2] = [("建设", BudgetUse::Construction), ("配套", BudgetUse::Ancillary)];

/// A quantity with at most three decimals, in thousandths.
fn thousandths(text: &str) -> Result<i64, String> {
    let bad = || format!("“{text}”不是数量,最多三位小数 / is no quantity with three decimals at most");
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let fraction_digits = fraction.trim_end_matches('0');
    if !digits(whole) || !digits(fraction) || fraction_digits.len() > 3 {
        return Err(bad());
    }
    format!("{whole}{fraction_digits:0<3}").parse().map_err(|_| bad())
}

#[cfg(test)]
mod tests {
    use rust_xlsxwriter::Workbook;

    use super::*;
    use crate::commands::import::template;

    /// The template with these cells (sheet, row and column from 0) changed.
    fn workbook(changes: &[(&str, u32, u16, &str)]) -> tempfile::TempPath {
        let file = tempfile::Builder::new().suffix(".xlsx").tempfile().expect("a file").into_temp_path();
        let mut workbook = Workbook::new();
        for sheet in SHEETS {
            let page = workbook.add_worksheet().set_name(sheet.name).expect("a name");
            for (at, column) in (0_u16..).zip(sheet.columns) {
                page.write_string(0, at, column.header).expect("written");
                page.write_string(1, at, column.example).expect("written");
            }
            for (_, row, column, text) in changes.iter().filter(|(name, ..)| *name == sheet.name) {
                page.write_string(*row, *column, *text).expect("written");
            }
        }
        workbook.save(&file).expect("saved");
        file
    }

    fn faults(row: &Row) -> Vec<(String, String)> {
        let faults = row.content.as_ref().expect_err("bad");
        faults.iter().map(|fault| (fault.cell.clone(), fault.reason.clone())).collect()
    }

    #[test]
    fn the_template_s_example_is_a_whole_form() {
        let file = tempfile::Builder::new().suffix(".xlsx").tempfile().expect("a file").into_temp_path();
        template::write(&file).expect("written");
        let rows = read(&file).expect("its own headers");
        let [row] = &rows[..] else { panic!("one example") };
        let content = row.content.as_ref().expect("sound");
        assert_eq!((content.total_fen, content.fiscal_year), (150_000_000, 2022));
        assert_eq!((content.items[0].quantity_milli, content.items[0].unit_price_fen), (1_200_000, 125_000));
        assert_eq!((content.nature(), content.operating_mode()), (ProjectNature::New, OperatingMode::Own));
        assert_eq!(content.linkage.as_ref().expect("linkage").ways, ["务工", "分红"]);
        assert_eq!(row.cells["content.budget[0].amount_fen"], "资金来源!D2");
    }

    #[test]
    fn scenario_29_what_is_no_amount_is_named_by_its_cell() {
        for text in ["1e6", "-5", "12.345元", "一百万", "1000000000000000", "1,000", "12.345"] {
            let rows = read(&workbook(&[("申报", 1, 12, text)])).expect("a workbook");
            let faults = faults(&rows[0]);
            assert_eq!((faults.len(), faults[0].0.as_str()), (1, "申报!M2"), "{text}: {faults:?}");
            assert!(!faults[0].1.is_ascii(), "{text}");
        }
    }

    #[test]
    fn every_bad_cell_of_a_row_is_listed() {
        let changes =
            [("申报", 1, 7, "新"), ("建设内容", 1, 2, "1.2345"), ("资金来源", 1, 2, "其他"), ("申报", 1, 14, "many")];
        let rows = read(&workbook(&changes)).expect("a workbook");
        let cells: Vec<String> = faults(&rows[0]).into_iter().map(|(cell, _)| cell).collect();
        assert_eq!(cells, ["申报!H2", "申报!O2", "建设内容!C2", "资金来源!C2"]);
    }

    #[test]
    fn a_workbook_that_does_not_fit_is_refused_whole() {
        let message = |changes: &[(&str, u32, u16, &str)]| {
            read(&workbook(changes)).err().map(|error| error.to_string()).expect("refused")
        };
        assert!(message(&[("申报", 0, 12, "总额")]).starts_with("申报!M1"), "another header");
        assert!(message(&[("申报", 2, 0, "1")]).contains("序号重复"));
        assert!(message(&[("绩效目标", 2, 0, "7")]).starts_with("绩效目标!A3"), "nobody's target");
    }

    #[test]
    fn c33_a_cell_is_read_in_composed_form() {
        let rows = read(&workbook(&[("申报", 1, 2, "Cafe\u{301}")])).expect("a workbook");
        assert_eq!(rows[0].title, "Café");
    }

    #[test]
    fn a_quantity_is_exact() {
        assert_eq!((thousandths("2.5"), thousandths("3"), thousandths("0.001")), (Ok(2_500), Ok(3_000), Ok(1)));
        assert!(["", ".5", "1.2345", "-1", "1e3"].into_iter().all(|text| thousandths(text).is_err()));
    }
}
