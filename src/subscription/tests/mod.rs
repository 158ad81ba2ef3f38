mod errors;
mod matching;
mod properties;
