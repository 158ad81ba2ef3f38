//! Commands that answer each line of their input with a line, in order.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;

use super::{Exit, Failure};

/// What some programs put before UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Why a line cannot be read.
pub(super) struct BadLine {
    pub(super) message: String,
    pub(super) help: &'static str,
}

/// What is told of the exit code of such a command.
pub(super) const EXIT_CODES: &str =
    "Exit codes: 0 each line has an `ok`, 1 some have an `error`, 2 usage.";

/// Answers the lines of a file, or of the standard input where it is `-`, on the standard output.
pub(super) fn answer_file(
    file: &Path,
    most_bytes: usize,
    answer: impl FnMut(Result<&str, BadLine>, &mut String) -> bool,
) -> Result<Exit, Failure> {
    let out = io::stdout().lock();
    let is_well = if file == Path::new("-") {
        answer_lines(io::stdin().lock(), out, most_bytes, answer)
    } else {
        let input = File::open(file).map_err(|error| Failure::File {
            path: file.to_owned(),
            error,
        })?;
        answer_lines(BufReader::new(input), out, most_bytes, answer)
    };
    Ok(match is_well.map_err(Failure::Output)? {
        true => Exit::Success,
        false => Exit::SomeFailed,
    })
}

/// Answers each line with what `answer` appends, and tells whether all went well, as it says of each. Blank lines are
/// passed over, and a byte order mark before the first.
///
/// # Errors
/// When the input cannot be read or the output cannot be written. What is wrong with a line is its answer.
pub(super) fn answer_lines(
    mut input: impl BufRead,
    mut output: impl Write,
    most_bytes: usize,
    mut answer: impl FnMut(Result<&str, BadLine>, &mut String) -> bool,
) -> io::Result<bool> {
    let (mut line, mut text) = (Vec::new(), String::new());
    let (mut is_first, mut is_well) = (true, true);
    loop {
        line.clear();
        let limit = most_bytes as u64 + 1;
        if input.by_ref().take(limit).read_until(b'\n', &mut line)? == 0 {
            return output.flush().map(|()| is_well);
        }
        if std::mem::take(&mut is_first) && line.starts_with(BYTE_ORDER_MARK) {
            line.drain(..BYTE_ORDER_MARK.len());
        }
        let is_whole = line.len() <= most_bytes || line.ends_with(b"\n");
        if !is_whole {
            input.skip_until(b'\n')?;
        } else if line.trim_ascii().is_empty() {
            continue;
        }
        let read = match std::str::from_utf8(&line) {
            _ if !is_whole => Err(BadLine {
                message: format!("a line takes at most {most_bytes} bytes, got more"),
                help: "send smaller values",
            }),
            Ok(line) => Ok(line),
            Err(_) => Err(BadLine {
                message: "a line is UTF-8, got bytes that are not".to_owned(),
                help: "send each line as UTF-8",
            }),
        };
        text.clear();
        is_well &= answer(read, &mut text);
        text.push('\n');
        output.write_all(text.as_bytes())?;
    }
}
