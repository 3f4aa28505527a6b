//! What was built: how far it is, and who accepts it.

use kernel::Role;
use proto::assets::v1::{GetProjectRequest, GroupMember, Project};

use crate::desk::{BUREAU, Desk, FINANCE, TOWNSHIP, VILLAGE};

/// The bureau that accepts what rural construction builds.
pub const TRANSPORT: &str = "430921000000-TRA";

impl Desk {
    /// What is known of a project's works.
    ///
    /// # Panics
    /// When it can't be read.
    pub async fn works(&mut self, project: &str) -> Project {
        let mut bureau = self.player(Role::RevitalizationBureau, BUREAU).await;
        let request = GetProjectRequest { project_id: project.to_owned() };
        bureau.assets.get_project(request).await.expect("the county reads").into_inner()
    }

    /// An acceptance group as it should be.
    ///
    /// # Panics
    /// When a member can't sign in.
    pub async fn acceptance_group(&mut self) -> Vec<GroupMember> {
        let mut members = Vec::new();
        for (role, org, side) in [
            (Role::SectorDepartment, TRANSPORT, "DEPARTMENT"),
            (Role::FinanceBureau, FINANCE, "FINANCE"),
            (Role::TownshipHead, TOWNSHIP, "TOWNSHIP"),
            (Role::VillageAssembly, VILLAGE, "VILLAGERS"),
        ] {
            let person_id = self.player(role, org).await.person.id.to_string();
            members.push(GroupMember { person_id, side: side.into(), ..GroupMember::default() });
        }
        let villager =
            GroupMember { display_name: "刘长庚".into(), side: "VILLAGERS".into(), ..GroupMember::default() };
        members.push(villager);
        members
    }
}
