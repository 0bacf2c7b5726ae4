//! Values that nobody sends on purpose. The same ones at each run: a failure comes again.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::Value;

/// Draws values, always the same ones.
pub struct Dice(TestRunner);

impl Dice {
    pub fn new() -> Dice {
        Dice(TestRunner::deterministic())
    }

    pub fn draw<S: Strategy>(&mut self, strategy: S) -> S::Value {
        strategy.new_tree(&mut self.0).expect("a value").current()
    }

    /// One of these.
    pub fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.draw(0..of.len())]
    }
}

/// Texts that have brought parsers down before.
const ODD: &[&str] = &[
    "",
    " ",
    "\0",
    "a\0b",
    "%",
    "%00",
    "%ff",
    "-1",
    "0",
    "007",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "1e999",
    "NaN",
    "*",
    "W/",
    "\"\"",
    "\"7.\"",
    "W/\"7.x\", \"8.y\"",
    "-262143-01-01T00:00:00Z",
    "+262142-12-31T23:59:59.999999999Z",
    "2026-02-30T00:00:00Z",
    "0001-01-01T00:00",
    "00000000-0000-0000-0000-000000000000",
    "../../etc/passwd",
    "'; drop table person; --",
    "<script>alert(1)</script>",
    "\u{202e}\u{feff}\u{200b}",
    "💥",
    "{",
    "[]",
    "null",
    "true",
    "Bearer",
    "slipway_",
    "name = ",
    "http://[",
    "javascript:alert(1)",
    "a=b&c[d]=e&f[][g]=h",
];

/// Any text: an odd one, a long one, or one of any characters.
pub fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(ODD).prop_map(str::to_owned),
        3 => "\\PC{0,40}",
        2 => prop::collection::vec(any::<char>(), 0..24).prop_map(|all| all.into_iter().collect()),
        1 => ("\\PC", 1_000..30_000_usize).prop_map(|(one, times)| one.repeat(times)),
    ]
}

/// Any bytes that a header may hold.
pub fn header() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        3 => text().prop_map(|text| text.into_bytes().into_iter().take(8_000).collect::<Vec<u8>>()),
        1 => prop::collection::vec(any::<u8>(), 0..64),
    ]
    .prop_map(|bytes| bytes.into_iter().filter(|byte| *byte >= 32 && *byte != 127).collect())
}

/// Any JSON, not deep.
pub fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z_]{0,8}", inner, 0..4).prop_map(|map| map.into_iter().collect()),
        ]
    })
}
