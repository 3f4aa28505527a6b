//! Every SQL statement that stands in the tree as one literal is prepared by PostgreSQL against its room's own schema, so
//! that a column or table that is not there fails here and not on the day when somebody asks. Where the types of
//! parameters don't follow from the statement, it says them.
//!
//! They are found by construction: each string of a source file that begins as a statement does, wherever it stands. What
//! is put together at run time (`format!`) can't be prepared alone; the rooms' store tests run those.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    str::FromStr as _,
};

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use runtime::testing::TestDatabase;
use sqlx::{AssertSqlSafe, Executor as _, SqlSafeStr as _};

/// How a statement begins.
const VERBS: [&str; 6] = ["select", "insert", "update", "delete", "lock", "with"];

/// Crates without a schema of their own, whose tables stand in each room's.
const SHARED: [&str; 2] = ["messaging", "runtime"];

#[tokio::test]
async fn every_statement_fits_its_schema() {
    let database = TestDatabase::create().await;
    let mut wrong = Vec::new();
    let mut found = BTreeMap::new();
    for room in xianjie::house::ROOMS {
        let service = xianjie::house::room(room).expect("a room");
        let pool = service.open_store(&database.url).await.expect("the room's migrations run");
        let mut connection = pool.acquire().await.expect("a connection");
        for folder in [room].into_iter().chain(SHARED) {
            for (file, statement) in statements(&tests::root().join("services").join(folder).join("src")) {
                *found.entry(folder).or_insert(0) += 1;
                if let Err(error) = connection.prepare(AssertSqlSafe(statement.as_str()).into_sql_str()).await {
                    wrong.push(format!("{} in {room}: {error}\n{statement}\n", file.display()));
                }
            }
        }
        drop(connection);
        pool.close().await;
    }
    assert!(wrong.is_empty(), "{} statements do not fit:\n\n{}", wrong.len(), wrong.join("\n"));
    let silent: Vec<&str> =
        xianjie::house::ROOMS.into_iter().chain(SHARED).filter(|folder| !found.contains_key(folder)).collect();
    assert!(silent.is_empty(), "no statement was found in {silent:?}: are they written in another way?");
}

/// The statements below a folder, each with its file.
fn statements(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(statements(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).expect("a source file");
            let tokens = TokenStream::from_str(&text).expect("a file that compiles");
            let mut strings = Vec::new();
            collect(tokens, &mut strings);
            found.extend(strings.into_iter().filter(|text| is_statement(text)).map(|text| (path.clone(), text)));
        }
    }
    found
}

fn is_statement(text: &str) -> bool {
    let mut words = text.split_whitespace().map(str::to_lowercase);
    words.next().is_some_and(|verb| VERBS.contains(&verb.as_str())) && words.next().is_some()
}

/// The strings of these tokens, but those of attributes (comments are such), of tests and of templates.
fn collect(tokens: TokenStream, strings: &mut Vec<String>) {
    let mut tokens = tokens.into_iter().peekable();
    let mut of_tests = false;
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(mark) if mark.as_char() == '#' => {
                if let Some(attribute) = tokens.next_if(|next| is_group(next, Delimiter::Bracket)) {
                    of_tests |= attribute.to_string().replace(' ', "") == "[cfg(test)]";
                }
            }
            // `format!`'s first argument is a template; what it puts in may be strings of their own.
            TokenTree::Ident(name) if name == "format" => {
                tokens.next_if(|next| matches!(next, TokenTree::Punct(mark) if mark.as_char() == '!'));
                if let Some(TokenTree::Group(group)) = tokens.next_if(|next| matches!(next, TokenTree::Group(_))) {
                    collect(group.stream().into_iter().skip(1).collect(), strings);
                }
            }
            TokenTree::Group(group) if of_tests && group.delimiter() == Delimiter::Brace => of_tests = false,
            TokenTree::Punct(mark) if mark.as_char() == ';' => of_tests = false,
            TokenTree::Group(group) => collect(group.stream(), strings),
            TokenTree::Literal(literal) if !of_tests => {
                let text = syn::parse2::<syn::LitStr>(TokenTree::Literal(literal).into());
                strings.extend(text.ok().map(|text| text.value()));
            }
            TokenTree::Literal(_) | TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
}

fn is_group(token: &TokenTree, delimiter: Delimiter) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == delimiter)
}
