//! A short drill: chains by concurrent drivers over a real broker while rooms, servers and lines are broken from a fixed
//! seed. It brings up servers of its own, because it kills them.

use std::process::Command;

#[test]
fn nothing_is_lost_or_doubled_while_things_break() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    // PostgreSQL runs as another user than root, who must be able to pass here.
    let folder = folder.path().join("drill");
    let drill = Command::new(env!("CARGO_BIN_EXE_drill"))
        .args(["--seconds", "75", "--seed", "7", "--drivers", "6", "--pace", "2,4"])
        .args(["--faults", "F15,F16,F1,F2,F3,F5,F7,F8,F9,F11,F14"])
        .arg("--folder")
        .arg(&folder)
        .status()
        .expect("the drill runs");
    assert!(drill.success(), "the drill found violations: see its report above");
}
