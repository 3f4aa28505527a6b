//! Who may import whom inside a room: records below, events on them, the state, the rules, the machine on top; no circle in
//! any `domain/`. The sources are parsed, tests left out, and re-exports followed to where a thing is declared.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use syn::{
    Attribute, File, Item, ItemUse, UseTree, VisRestricted, Visibility,
    visit::{self, Visit},
};
use tests::root;

/// A module by its names from the room's root: `["domain", "state"]`.
type Module = Vec<String>;

/// A room's modules, and where each one's imports lead.
struct Room {
    name: &'static str,
    modules: BTreeMap<Module, File>,
}

#[test]
fn no_circle_stands_in_any_domain() {
    let mut wrong = Vec::new();
    for room in rooms() {
        let inside = |module: &Module| module.len() > 1 && module[0] == "domain";
        let arrows = room.arrows().into_iter().filter(|(from, _)| inside(from));
        let arrows = arrows.map(|(from, to)| (from, to.into_iter().filter(inside).collect())).collect();
        let knot: Vec<String> = knot(&arrows).iter().map(|module| module[1..].join("::")).collect();
        if !knot.is_empty() {
            wrong.push(format!("{}: {}", room.name, knot.join(", ")));
        }
    }
    assert!(
        wrong.is_empty(),
        "these import each other in a circle, so that none can be read alone:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn each_layer_of_a_room_imports_only_what_lies_below() {
    let mut wrong = Vec::new();
    for room in rooms() {
        for (from, targets) in room.arrows() {
            let apart = |to: &Module, pair: (&str, &str)| (from[0].as_str(), to[0].as_str()) == pair;
            for to in targets {
                let strangers = [("store", "convert"), ("store", "publish"), ("convert", "store")];
                if layer(&to) > layer(&from) || strangers.into_iter().any(|pair| apart(&to, pair)) {
                    wrong.push(format!("{}: {} imports {}", room.name, from.join("::"), to.join("::")));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "a room reads from below upwards, record, event, state, rules, machine, and what store and convert both need of \
         a list stands in domain/listing.rs:\n{}",
        wrong.join("\n")
    );
}

/// How high a module lies in its room.
fn layer(module: &Module) -> u8 {
    let stands_in = |name: &str| module.iter().any(|part| part == name);
    match module[0].as_str() {
        "domain" if stands_in("record") => 0,
        "domain" if stands_in("event") => 1,
        "domain" if stands_in("state") => 2,
        "domain" => 3,
        "convert" | "publish" | "subscribe" | "store" => 4,
        _ => 5,
    }
}

/// Modules that lie in or between circles: what is left when those without arrows in or out are taken away, again and again.
fn knot(arrows: &BTreeMap<Module, BTreeSet<Module>>) -> BTreeSet<Module> {
    let mut left: BTreeSet<Module> = arrows.keys().cloned().collect();
    loop {
        let leads_on = |module: &Module| arrows[module].iter().any(|to| left.contains(to));
        let is_led_to = |module: &Module| left.iter().any(|from| arrows[from].contains(module));
        let next: BTreeSet<Module> =
            left.iter().filter(|module| leads_on(module) && is_led_to(module)).cloned().collect();
        if next.len() == left.len() {
            return left;
        }
        left = next;
    }
}

fn rooms() -> Vec<Room> {
    let rooms = xianjie::house::ROOMS.map(|name| {
        let mut modules = BTreeMap::new();
        collect(&root().join("services").join(name).join("src"), &Vec::new(), &mut modules);
        Room { name, modules }
    });
    assert!(rooms.iter().all(|room| !room.modules.is_empty()), "there are sources to look at");
    rooms.into()
}

fn collect(folder: &Path, above: &Module, modules: &mut BTreeMap<Module, File>) {
    for entry in fs::read_dir(folder).expect("a folder of ours") {
        let path = entry.expect("an entry").path();
        let name = path.file_stem().and_then(|stem| stem.to_str()).expect("a name").to_owned();
        let module: Module = above.iter().cloned().chain([name.clone()]).collect();
        if path.is_dir() {
            collect(&path, &module, modules);
        } else if path.extension().is_some_and(|extension| extension == "rs") && name != "lib" {
            let text = fs::read_to_string(&path).expect("a source file");
            let mut file = syn::parse_file(&text).expect("Rust");
            file.items.retain(|item| !is_test(item));
            modules.insert(module, file);
        }
    }
}

fn is_test(item: &Item) -> bool {
    let attributes: &[Attribute] = match item {
        Item::Mod(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Const(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        _ => &[],
    };
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg") && attribute.parse_args::<syn::Ident>().is_ok_and(|what| what == "test")
    })
}

impl Room {
    /// Where the imports of each module lead; modules that only tests declare are left out.
    fn arrows(&self) -> BTreeMap<Module, BTreeSet<Module>> {
        let tested_only: BTreeSet<&Module> = self.modules.keys().filter(|module| !self.is_declared(module)).collect();
        let kept = self.modules.iter().filter(|(module, _)| !tested_only.iter().any(|only| module.starts_with(only)));
        kept.map(|(module, file)| {
            let mut paths = Paths::default();
            paths.visit_file(file);
            let targets = paths.found.iter().filter_map(|path| self.absolute(module, path));
            let targets = targets.filter_map(|path| self.declared_in(&path, 0));
            (module.clone(), targets.filter(|target| target != module).collect())
        })
        .map(|(module, targets): (Module, BTreeSet<Module>)| {
            // What a module is divided into is part of it.
            let own = |target: &Module| target.starts_with(&module) && target[0] != "domain";
            let targets = targets.into_iter().filter(|target| !own(target)).collect();
            (module, targets)
        })
        .collect()
    }

    /// Whether a `mod` line that is not a test's declares it.
    fn is_declared(&self, module: &Module) -> bool {
        let (name, above) = module.split_last().expect("a module has a name");
        let Some(parent) = self.modules.get(above) else { return above.is_empty() };
        parent.items.iter().any(|item| matches!(item, Item::Mod(declared) if declared.ident == name))
    }

    /// A path as it is seen from the room's root; none when it leads elsewhere.
    fn absolute(&self, from: &Module, path: &[String]) -> Option<Module> {
        let supers = path.iter().take_while(|part| *part == "super").count();
        match path[0].as_str() {
            "crate" => Some(path[1..].to_vec()),
            "self" => Some([from, &path[1..]].concat()),
            "super" => Some([from.get(..from.len().checked_sub(supers)?)?, &path[supers..]].concat()),
            first => {
                let child = [&from[..], &[first.to_owned()]].concat();
                self.modules.contains_key(&child).then(|| [&from[..], path].concat())
            }
        }
    }

    /// The module in which that is declared: re-exports are followed.
    fn declared_in(&self, path: &[String], depth: usize) -> Option<Module> {
        let module =
            (1..=path.len()).rev().map(|length| &path[..length]).find(|known| self.modules.contains_key(*known))?;
        let again = path.get(module.len()).and_then(|name| {
            let exported = self.modules[module].items.iter().filter_map(|item| match item {
                Item::Use(item) if !matches!(item.vis, Visibility::Inherited) => Some(leaves(item)),
                _ => None,
            });
            exported.flatten().find(|leaf| leaf.last() == Some(name))
        });
        match again.map(|leaf| self.absolute(&module.to_vec(), &leaf)) {
            None => Some(module.to_vec()),
            Some(Some(elsewhere)) if depth < 5 => self.declared_in(&elsewhere, depth + 1),
            // Another crate declares it.
            Some(_) => None,
        }
    }
}

/// The paths that a file names: of its imports, and in its code where they begin at the room's root or near.
#[derive(Default)]
struct Paths {
    found: Vec<Vec<String>>,
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        // What is passed on is counted where it is used.
        if matches!(item.vis, Visibility::Inherited) {
            self.found.extend(leaves(item));
        }
    }

    // `pub(in …)` says who may see a thing, not what it is made of.
    fn visit_vis_restricted(&mut self, _: &'ast VisRestricted) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let parts: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if parts.len() > 1 && ["crate", "super", "self"].contains(&parts[0].as_str()) {
            self.found.push(parts);
        }
        visit::visit_path(self, path);
    }
}

/// Each path that a `use` names.
fn leaves(item: &ItemUse) -> Vec<Vec<String>> {
    fn grow(tree: &UseTree, above: &[String], found: &mut Vec<Vec<String>>) {
        let with = |name: String| [above, &[name]].concat();
        match tree {
            UseTree::Path(path) => grow(&path.tree, &with(path.ident.to_string()), found),
            UseTree::Name(name) if name.ident == "self" => found.push(above.to_vec()),
            UseTree::Name(name) => found.push(with(name.ident.to_string())),
            UseTree::Rename(name) => found.push(with(name.ident.to_string())),
            UseTree::Glob(_) => found.push(above.to_vec()),
            UseTree::Group(group) => group.items.iter().for_each(|tree| grow(tree, above, found)),
        }
    }
    let mut found = Vec::new();
    grow(&item.tree, &[], &mut found);
    found
}
