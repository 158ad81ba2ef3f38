//! The tables as `src/attribute/phone_number/tables.rs` reads them.

use std::collections::HashMap;

use rlibphonenumber::{PhoneMetadata, PhoneNumberDesc};

use super::automaton::{Automaton, Part};
use super::layout::Layout;
use super::metadata::Regions;
use super::pattern;

/// All tables: the length of each in two bytes, then one after the other.
pub(crate) fn tables(regions: &Regions) -> Result<Vec<u8>, String> {
    let mut automaton = Automaton::new();
    let mut roots = Vec::new();
    for regions in regions.values() {
        roots.push(whose(&mut automaton, regions)?);
    }
    for region in regions.values().flatten() {
        let parts = Vec::from_iter(general(region)?);
        roots.push(automaton.add(&parts, &|matched| matched.contains(&true).into()));
    }
    let layout = Layout::of(&automaton, &roots)?;
    let (roots, generals) = roots.split_at(regions.len());

    let mut by_digits = vec![0; 1000];
    let mut by_name = vec![0; 26 * 26];
    let mut codes = Vec::new();
    let mut records = Vec::new();
    let mut programs = Programs::new();
    let (mut rules, mut lengths) = (Fixed::default(), Fixed::default());
    let mut generals = generals.iter();
    for (number, ((code, regions), root)) in (0..).zip(regions.iter().zip(roots)) {
        for (digits, entry) in by_digits.iter_mut().enumerate() {
            if *entry == 0 && format!("{digits:03}").starts_with(&code.to_string()) {
                *entry = byte(number + 1, "calling codes")?;
            }
        }
        codes.extend(code.to_le_bytes());
        codes.extend(layout.target(*root)?.to_le_bytes());
        codes.push(byte(records.len() / REGION, "regions")?);
        codes.push(byte(regions.len(), "regions")?);
        for (region, general) in regions.iter().zip(&mut generals) {
            let own = Own::of(region);
            let name = match region.id.as_bytes() {
                [first @ b'A'..=b'Z', second @ b'A'..=b'Z'] => {
                    let at = usize::from(first - b'A') * 26 + usize::from(second - b'A');
                    by_name[at] = byte(records.len() / REGION + 1, "regions")?;
                    [*first, *second]
                }
                b"001" => [0, 0],
                _ => return Err(format!("`{}` is no code of a region", region.id)),
            };
            records.extend(name);
            records.push(byte(number, "calling codes")?);
            records.extend(programs.add(own.international_prefix)?.to_le_bytes());
            records.extend(programs.add(own.national_prefix)?.to_le_bytes());
            records.push(match own.rule {
                "" => 0,
                rule => rules.add(read_rule(rule)?)? + 1,
            });
            records.push(lengths.add(possible(own.general))?);
            records.extend(layout.target(*general)?.to_le_bytes());
        }
    }
    let tails: Vec<u8> = layout
        .tails
        .iter()
        .flat_map(|tail| {
            [
                tail.lengths.to_le_bytes()[0],
                tail.lengths.to_le_bytes()[1],
                tail.out,
            ]
        })
        .collect();
    let sections = [
        by_digits,
        codes,
        by_name,
        records,
        rules.bytes(),
        lengths.bytes(),
        tails,
        programs.bytes(),
        layout.bytes,
    ];
    let mut out = Vec::new();
    for section in &sections {
        let length = u16::try_from(section.len()).map_err(|_| "a table is too large")?;
        out.extend(length.to_le_bytes());
    }
    out.extend(sections.concat());
    Ok(out)
}

/// The length of a region's record.
const REGION: usize = 11;

fn byte(number: usize, what: &str) -> Result<u8, String> {
    u8::try_from(number).map_err(|_| format!("there are too many {what}"))
}

/// What the metadata says of a region, apart from types of numbers.
struct Own<'m> {
    international_prefix: Option<&'m str>,
    national_prefix: Option<&'m str>,
    rule: &'m str,
    leading_digits: Option<&'m str>,
    general: Option<&'m PhoneNumberDesc>,
    types: Vec<&'m PhoneNumberDesc>,
}

impl<'m> Own<'m> {
    #[allow(
        deprecated,
        reason = "the fields are emptied in what the crate uses itself, not in what is read here"
    )]
    fn of(region: &'m PhoneMetadata) -> Own<'m> {
        let types = [
            &region.premium_rate,
            &region.toll_free,
            &region.shared_cost,
            &region.voip,
            &region.personal_number,
            &region.pager,
            &region.uan,
            &region.voicemail,
            &region.fixed_line,
        ];
        let mobile = region
            .mobile
            .iter()
            .filter(|_| !region.same_mobile_and_fixed_line_pattern());
        Own {
            international_prefix: region.international_prefix.as_deref(),
            national_prefix: region.national_prefix_for_parsing.as_deref(),
            rule: region.national_prefix_transform_rule(),
            leading_digits: region.leading_digits.as_deref(),
            general: region.general_desc.as_ref(),
            types: types.into_iter().flatten().chain(mobile).collect(),
        }
    }
}

/// The pattern of a kind of numbers; none when there are no such numbers.
#[allow(deprecated, reason = "as above")]
fn part(numbers: &PhoneNumberDesc) -> Result<Option<Part>, String> {
    let Some(text) = &numbers.national_number_pattern else {
        return Ok(None);
    };
    let lengths = match numbers.possible_length.as_slice() {
        [] => u32::MAX,
        lengths => mask(lengths),
    };
    Ok(Some(Part {
        program: pattern::compile(text)?,
        lengths,
        is_prefix: false,
    }))
}

/// What all numbers of a region look like, whatever their length.
fn general(region: &PhoneMetadata) -> Result<Option<Part>, String> {
    let Some(general) = Own::of(region).general else {
        return Ok(None);
    };
    Ok(part(general)?.map(|part| Part {
        lengths: u32::MAX,
        ..part
    }))
}

/// The root of the automaton that says which of the regions has a number, counted from 1.
fn whose(automaton: &mut Automaton, regions: &[PhoneMetadata]) -> Result<u32, String> {
    #[derive(Clone, Copy, PartialEq)]
    enum Says {
        General,
        Type,
        Begins,
    }
    let mut parts = Vec::new();
    let mut says = Vec::new();
    for (at, region) in regions.iter().enumerate() {
        let own = Own::of(region);
        for (what, numbers) in own
            .general
            .iter()
            .map(|numbers| (Says::General, *numbers))
            .chain(own.types.iter().map(|numbers| (Says::Type, *numbers)))
        {
            if let Some(part) = part(numbers)? {
                parts.push(part);
                says.push((at, what));
            }
        }
        if let Some(text) = own.leading_digits.filter(|_| regions.len() > 1) {
            parts.push(Part {
                program: pattern::compile(text)?,
                lengths: u32::MAX,
                is_prefix: true,
            });
            says.push((at, Says::Begins));
        }
    }
    let judge = |matched: &[bool]| {
        for at in 0..regions.len() {
            let has = |what| {
                says.iter()
                    .zip(matched)
                    .any(|(says, is)| *is && *says == (at, what))
            };
            if has(Says::General) && has(Says::Type) {
                // OK because some ten regions share a calling code.
                return at as u8 + 1;
            }
            // A number that begins like one of a region is no other region's.
            if has(Says::Begins) {
                return 0;
            }
        }
        0
    };
    Ok(automaton.add(&parts, &judge))
}

/// One bit for each length; none when there are no such numbers.
fn mask(lengths: &[i32]) -> u32 {
    lengths.iter().fold(0, |mask, length| match length {
        -1 => 0,
        length => mask | 1 << length,
    })
}

/// The lengths of a region's numbers, and these with all that are too long, one bit each. Numbers that can be dialled
/// within a town only are neither.
fn possible(general: Option<&PhoneNumberDesc>) -> [u8; 8] {
    let (possible, local) = match general {
        Some(general) => (
            mask(&general.possible_length),
            mask(&general.possible_length_local_only),
        ),
        None => (0, 0),
    };
    let longest = 31_u32.checked_sub(possible.leading_zeros());
    let too_long = longest.map_or(0, |longest| !((2 << longest) - 1));
    let [lengths, enough] =
        [possible & !local, (possible | too_long) & !local].map(u32::to_le_bytes);
    let mut bytes = [0; 8];
    bytes[..4].copy_from_slice(&lengths);
    bytes[4..].copy_from_slice(&enough);
    bytes
}

/// A rule `12$1`: the number of the group (bits 4 to 7) and of the digits before it, and these digits.
fn read_rule(rule: &str) -> Result<[u8; 5], String> {
    let refused = || format!("cannot read the rule `{rule}`");
    let (digits, group) = rule.split_once('$').ok_or_else(refused)?;
    let group = match group {
        "1" => 1,
        "2" => 2,
        _ => return Err(refused()),
    };
    if digits.len() > 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(refused());
    }
    let mut bytes = [0; 5];
    bytes[0] = group << 4 | byte(digits.len(), "digits")?;
    bytes[1..=digits.len()].copy_from_slice(digits.as_bytes());
    Ok(bytes)
}

/// Programs one after the other, each once.
struct Programs {
    steps: Vec<u16>,
    known: HashMap<String, u16>,
}

impl Programs {
    fn new() -> Self {
        Programs {
            // No program stands at 0, which says that there is none.
            steps: vec![pattern::MATCH],
            known: HashMap::new(),
        }
    }

    fn add(&mut self, text: Option<&str>) -> Result<u16, String> {
        let Some(text) = text else {
            return Ok(0);
        };
        if let Some(&at) = self.known.get(text) {
            return Ok(at);
        }
        let at = u16::try_from(self.steps.len()).map_err(|_| "there are too many patterns")?;
        self.steps.extend(pattern::compile(text)?);
        self.known.insert(text.to_owned(), at);
        Ok(at)
    }

    fn bytes(&self) -> Vec<u8> {
        self.steps
            .iter()
            .flat_map(|step| step.to_le_bytes())
            .collect()
    }
}

/// Records of one length, each once.
struct Fixed<const N: usize>(Vec<[u8; N]>);

impl<const N: usize> Default for Fixed<N> {
    fn default() -> Self {
        Fixed(Vec::new())
    }
}

impl<const N: usize> Fixed<N> {
    fn add(&mut self, record: [u8; N]) -> Result<u8, String> {
        let at = self.0.iter().position(|other| *other == record);
        let at = at.unwrap_or_else(|| {
            self.0.push(record);
            self.0.len() - 1
        });
        byte(at, "records")
    }

    fn bytes(&self) -> Vec<u8> {
        self.0.concat()
    }
}
