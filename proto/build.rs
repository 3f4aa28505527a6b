//! Compiles the contracts with protox: no protoc to install.

use std::{env, error::Error, fs, path::PathBuf};

use prost::Message as _;

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    println!("cargo:rerun-if-changed=xianjie");
    let mut files = Vec::new();
    for package in fs::read_dir(root.join("xianjie"))? {
        for file in fs::read_dir(package?.path().join("v1"))? {
            files.push(file?.path());
        }
    }
    files.sort();

    let mut compiler = protox::Compiler::new([&root])?;
    compiler.include_imports(true).include_source_info(true).open_files(&files)?;
    let encoded = compiler.encode_file_descriptor_set();
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("descriptors.bin"), &encoded)?;

    let mut prost = tonic_prost_build::Config::new();
    prost.enable_type_names();
    let set = prost_types::FileDescriptorSet::decode(encoded.as_slice())?;
    // Each message knows its descriptor, so that what holds for all requests is checked in one place.
    for file in set.file.iter().filter(|file| file.package().starts_with("xianjie.")) {
        for message in &file.message_type {
            let name = format!("{}.{}", file.package(), message.name());
            let pool = format!(r#"#[prost_reflect(message_name = "{name}", descriptor_pool = "crate::POOL")]"#);
            prost.type_attribute(&name, "#[derive(::prost_reflect::ReflectMessage)]").type_attribute(&name, pool);
        }
    }
    tonic_prost_build::configure().compile_fds_with_config(set, prost)?;
    Ok(())
}
