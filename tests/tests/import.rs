//! Applications from a workbook: good rows in, bad ones listed by their cell, the same file once more without effect; and
//! what was imported goes all the way to the pool.

use std::path::Path;

use kernel::Role;
use proto::intake::v1::ListApplicationsRequest;
use rust_xlsxwriter::Workbook;
use secrecy::SecretString;
use tests::{
    desk::{BUREAU, Desk},
    year,
};
use xianjie::{
    commands::import::{
        self,
        columns::{APPLICATIONS, SHEETS},
    },
    demo::PASSWORD,
};

/// A workbook whose sheet 申报 has these rows: number, name, village.
fn write(file: &Path, rows: &[(&str, &str, &str)]) {
    let mut workbook = Workbook::new();
    for sheet in SHEETS {
        let page = workbook.add_worksheet().set_name(sheet.name).expect("a name");
        for (at, column) in (0_u16..).zip(sheet.columns) {
            page.write_string(0, at, column.header).expect("written");
        }
        if sheet.name == APPLICATIONS.name {
            for (at, (number, title, village)) in (1_u32..).zip(rows) {
                for (column, text) in [(0, *number), (1, "2022"), (2, *title), (5, *village)] {
                    page.write_string(at, column, text).expect("written");
                }
            }
        }
    }
    workbook.save(file).expect("saved");
}

#[tokio::test(flavor = "multi_thread")]
async fn good_rows_go_in_once_and_bad_ones_are_listed_by_their_cell() {
    let mut desk = Desk::open().await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("applications.xlsx");
    let rows = [
        ("1", "冷库", "430921129201"),
        ("2", "烘干房", "430921127201"),
        ("3", "", "430921129201"),
        ("4", "育秧棚", "430921129201"),
    ];
    write(&file, &rows);
    let account = desk.secretary().await.person.account.clone();
    let server = format!("http://{}", desk.house.rooms.address());
    let import = || import::applications(&file, &server, &account, SecretString::from(PASSWORD), |_, _, _| ());
    let first = import().await.expect("imported");
    let told: Vec<(bool, Vec<&str>)> = first
        .iter()
        .map(|row| (row.project_id.is_some(), row.faults.iter().map(|fault| fault.cell.as_str()).collect()))
        .collect();
    let expected = [(true, vec![]), (false, vec!["申报!C3"]), (false, vec!["申报!C4"]), (true, vec![])];
    assert_eq!(told, expected, "{first:?}");
    assert!(first[1].faults[0].reason.starts_with("SCOPE"), "another village: {first:?}");

    let again = import().await.expect("imported");
    assert_eq!(again, first, "the same drafts");
    let mut bureau = desk.player(Role::RevitalizationBureau, BUREAU).await;
    let list = bureau.intake.list_applications(ListApplicationsRequest::default()).await.expect("a list").into_inner();
    assert_eq!(list.applications.len(), 2, "nothing is there twice or half");
}

/// `bench year` does the same with the 883 projects of the county's year.
#[tokio::test(flavor = "multi_thread")]
async fn scenario_11_what_a_workbook_brings_is_counted_in_the_pool() {
    let folder = tempfile::tempdir().expect("a folder");
    year::pack(folder.path()).expect("a pack");
    let mut desk = Desk::open_in(folder.path()).await;
    let took = year::play(&mut desk, 12, 4, 4).await.expect("every row comes into the pool");
    println!("{took:?}");
    assert_eq!(took.pooled, 12);
}
