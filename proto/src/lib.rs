//! The contracts of all rooms, as Rust: one module a package.
//!
//! The `.proto` files beside this crate are the law; this is what prost and tonic make of them. Depends on nothing of ours.

// Generated code is documented in the .proto files, and is not held to our own lints.
#![allow(missing_docs, clippy::all, clippy::pedantic, clippy::cast_possible_truncation)]

use std::sync::LazyLock;

use prost_reflect::DescriptorPool;

/// All files' descriptors, encoded: for gRPC reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// The same, read: each message's descriptor is found here.
static POOL: LazyLock<DescriptorPool> =
    LazyLock::new(|| DescriptorPool::decode(DESCRIPTORS).expect("they were written by the build"));

macro_rules! package {
    ($room:ident, $name:literal) => {
        pub mod $room {
            pub mod v1 {
                tonic::include_proto!($name);
            }
        }
    };
}

package!(common, "xianjie.common.v1");
package!(directory, "xianjie.directory.v1");
package!(intake, "xianjie.intake.v1");
package!(review, "xianjie.review.v1");
package!(inbox, "xianjie.inbox.v1");
package!(disbursement, "xianjie.disbursement.v1");
package!(assets, "xianjie.assets.v1");
package!(treasury, "xianjie.treasury.v1");
