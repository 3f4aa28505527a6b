//! A document or photograph (附件), named by the hash of its content.

use kernel::{Attachment, refusal::Violations};
use proto::common::v1::Attachment as Message;

/// As the kernel has it; what is wrong with it stands under `path`.
pub fn from_message(message: Message, path: &str, wrong: &mut Violations) -> Attachment {
    let Message { sha256, title } = message;
    let file = Attachment { sha256, title };
    file.check(path, wrong);
    file
}

/// A list of them; each that is wrong stands under `field[index]`.
pub fn from_messages(messages: Vec<Message>, field: &str, wrong: &mut Violations) -> Vec<Attachment> {
    let messages = messages.into_iter().enumerate();
    messages.map(|(index, message)| from_message(message, &format!("{field}[{index}]"), wrong)).collect()
}

/// To send.
#[must_use]
pub fn to_message(file: &Attachment) -> Message {
    Message { sha256: file.sha256.clone(), title: file.title.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_comes_back_as_it_went_out_and_a_wrong_one_is_named_by_its_place() {
        let mut wrong = Violations::default();
        let sound = Message { sha256: "0".repeat(64), title: "通知".into() };
        let files = from_messages(vec![sound.clone(), Message::default()], "vouchers", &mut wrong);
        assert_eq!(to_message(&files[0]), sound);
        let refused = wrong.finish().expect_err("the second has no hash");
        assert_eq!(kernel::Refusal::explain(&refused).fields[0].field, "vouchers[1].sha256");
    }
}
