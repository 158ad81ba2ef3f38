//! Streams of events as products send them: few users send most of them, values repeat and change now and then, some
//! events come late and some twice.

use attio_destination::delivery::retry::Random;
use serde_json::json;

/// What a stream is like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stream {
    pub(crate) events: usize,
    pub(crate) users: usize,
    pub(crate) workspaces: usize,
    /// Whether identify events name a workspace too, which sets the other side of the membership.
    pub(crate) names_workspaces: bool,
    pub(crate) seed: u64,
}

impl Stream {
    /// The events, each a JSON text, in the order in which they arrive.
    pub(crate) fn events(self) -> Vec<String> {
        let mut random = Random::new(self.seed);
        let zipf = Zipf::new(self.users);
        let mut versions = vec![0u32; self.users];
        let mut arrivals: Vec<(usize, String)> = Vec::with_capacity(self.events);
        let mut at = 0;
        while arrivals.len() < self.events {
            let user = zipf.draw(&mut random);
            if random.below_number(20) == 0 {
                versions[user] += 1;
            }
            let event = self.event(at, user, versions[user], &mut random);
            // One in six comes late, one in ten comes again.
            let late = if random.below_number(6) == 0 {
                random.below_number(500)
            } else {
                0
            };
            arrivals.push((at + late, event.clone()));
            if random.below_number(10) == 0 && arrivals.len() < self.events {
                arrivals.push((at + late + random.below_number(2000), event));
            }
            at += 1;
        }
        arrivals.sort_by_key(|(at, _)| *at);
        arrivals.into_iter().map(|(_, event)| event).collect()
    }

    fn event(self, at: usize, user: usize, version: u32, random: &mut Random) -> String {
        // Most users are in one workspace, some are in two.
        let second = user.is_multiple_of(10) && random.below_number(3) == 0;
        let workspace = (user + usize::from(second)) % self.workspaces;
        let seconds = at / 2;
        let time = format!(
            "2026-11-{:02}T{:02}:{:02}:{:02}.{:03}Z",
            1 + seconds / 86_400,
            seconds / 3600 % 24,
            seconds / 60 % 60,
            seconds % 60,
            at % 2 * 500
        );
        let event = if random.below_number(2) == 0 {
            let mut event = json!({
                "type": "identify", "messageId": format!("m{at}"), "userId": format!("user-{user}"),
                "timestamp": time,
                "traits": {
                    "email": format!("user{user}@workspace{}.example.com", user % self.workspaces),
                    "firstName": "User", "lastName": format!("Number {user}"),
                    "title": format!("Title {version}"),
                },
            });
            if self.names_workspaces {
                event["groupId"] = json!(format!("workspace-{workspace}"));
            }
            event
        } else {
            json!({
                "type": "group", "messageId": format!("m{at}"), "userId": format!("user-{user}"),
                "groupId": format!("workspace-{workspace}"), "timestamp": time,
                "traits": {
                    "name": format!("Workspace {workspace}"),
                    "website": format!("https://workspace{workspace}.example"),
                },
            })
        };
        event.to_string()
    }
}

/// Draws the first of `n` most often, the second half as often, the third a third as often.
struct Zipf(Vec<f64>);

impl Zipf {
    fn new(n: usize) -> Self {
        let mut sum = 0.0;
        Zipf(
            (1..=n)
                .map(|rank| {
                    sum += 1.0 / rank as f64;
                    sum
                })
                .collect(),
        )
    }

    fn draw(&self, random: &mut Random) -> usize {
        let all = self.0[self.0.len() - 1];
        let at = (random.next_u64() >> 11) as f64 / (1u64 << 53) as f64 * all;
        self.0
            .partition_point(|sum| *sum < at)
            .min(self.0.len() - 1)
    }
}

/// Whole numbers below another.
pub(crate) trait BelowNumber {
    fn below_number(&mut self, most: usize) -> usize;
}

impl BelowNumber for Random {
    fn below_number(&mut self, most: usize) -> usize {
        (self.next_u64() % most as u64) as usize
    }
}
