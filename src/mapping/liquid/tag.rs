//! The tags of `@liquid`.

use std::io::Write;

use liquid_core::model::{KString, Value};
use liquid_core::parser::{BlockReflection, Language, ParseBlock, TagBlock, TagTokenIter};
use liquid_core::{Error, Renderable, Result, Runtime, Template};
use liquid_lib::stdlib;

use super::value::{Bounded, Full};

/// The names of all tags.
pub(super) const NAMES: [&str; 8] = [
    "assign",
    "capture",
    "comment",
    "decrement",
    "if",
    "increment",
    "raw",
    "unless",
];

pub(super) fn register(language: &mut Language) {
    language
        .tags
        .register("assign".into(), stdlib::AssignTag.into());
    language
        .tags
        .register("decrement".into(), stdlib::DecrementTag.into());
    language
        .tags
        .register("increment".into(), stdlib::IncrementTag.into());
    language.blocks.register("capture".into(), Capture.into());
    language
        .blocks
        .register("comment".into(), stdlib::CommentBlock.into());
    language
        .blocks
        .register("if".into(), stdlib::IfBlock.into());
    language
        .blocks
        .register("raw".into(), stdlib::RawBlock.into());
    language
        .blocks
        .register("unless".into(), stdlib::UnlessBlock.into());
}

/// `{% capture name %}..{% endcapture %}`: the crate's has no bound, and text that captures itself twice doubles.
#[derive(Clone, Copy, Debug)]
struct Capture;

#[derive(Debug)]
struct Captured {
    name: KString,
    template: Template,
}

impl BlockReflection for Capture {
    fn start_tag(&self) -> &str {
        "capture"
    }

    fn end_tag(&self) -> &str {
        "endcapture"
    }

    fn description(&self) -> &str {
        "text as a variable"
    }
}

impl ParseBlock for Capture {
    fn parse(
        &self,
        mut arguments: TagTokenIter<'_>,
        mut block: TagBlock<'_, '_>,
        language: &Language,
    ) -> Result<Box<dyn Renderable>> {
        let name = arguments
            .expect_next("Identifier expected")?
            .expect_identifier()
            .into_result()?
            .to_owned()
            .into();
        arguments.expect_nothing()?;
        let template = Template::new(block.parse_all(language)?);
        block.assert_empty();
        Ok(Box::new(Captured { name, template }))
    }

    fn reflection(&self) -> &dyn BlockReflection {
        self
    }
}

impl Renderable for Captured {
    fn render_to(&self, _: &mut dyn Write, runtime: &dyn Runtime) -> Result<()> {
        let mut out = Bounded::default();
        let rendered = self.template.render_to(&mut out, runtime);
        if out.is_full() {
            runtime.registers().get_mut::<Full>().0.set(true);
            return Err(Error::with_msg("`capture` made too much text"));
        }
        rendered?;
        runtime.set_global(self.name.clone(), Value::scalar(out.into_text()));
        Ok(())
    }
}
