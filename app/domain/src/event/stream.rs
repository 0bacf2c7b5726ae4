//! Whose sequence of events: the aggregates, and the topics by which pages listen to them.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Which kind of aggregate a stream belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(
    feature = "sqlx",
    derive(sqlx::Type),
    sqlx(type_name = "text", rename_all = "snake_case")
)]
#[serde(rename_all = "snake_case")]
pub enum StreamKind {
    Instance,
    Person,
    Team,
    Service,
    Environment,
    Release,
    Deployment,
    Incident,
    Component,
}

impl StreamKind {
    pub const ALL: [StreamKind; 9] = [
        StreamKind::Instance,
        StreamKind::Person,
        StreamKind::Team,
        StreamKind::Service,
        StreamKind::Environment,
        StreamKind::Release,
        StreamKind::Deployment,
        StreamKind::Incident,
        StreamKind::Component,
    ];

    /// The kind with this word.
    pub fn from_key(key: &str) -> Option<StreamKind> {
        StreamKind::ALL.into_iter().find(|kind| kind.key() == key)
    }

    /// The word in a topic: `deployment:<id>`.
    pub fn key(self) -> &'static str {
        match self {
            StreamKind::Instance => "instance",
            StreamKind::Person => "person",
            StreamKind::Team => "team",
            StreamKind::Service => "service",
            StreamKind::Environment => "environment",
            StreamKind::Release => "release",
            StreamKind::Deployment => "deployment",
            StreamKind::Incident => "incident",
            StreamKind::Component => "component",
        }
    }
}

/// One aggregate's sequence of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Stream {
    pub kind: StreamKind,
    pub id: Uuid,
}

impl Stream {
    pub fn new(kind: StreamKind, id: impl Into<Uuid>) -> Stream {
        Stream { kind, id: id.into() }
    }

    /// The instance's own stream.
    pub fn instance() -> Stream {
        Stream {
            kind: StreamKind::Instance,
            id: Uuid::nil(),
        }
    }

    /// The stream with this topic.
    pub fn from_topic(topic: &str) -> Option<Stream> {
        let (kind, id) = topic.split_once(':')?;
        Some(Stream {
            kind: StreamKind::from_key(kind)?,
            id: id.parse().ok()?,
        })
    }

    /// The topic by which pages listen to it.
    pub fn topic(&self) -> String {
        format!("{}:{}", self.kind.key(), self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_names_its_stream() {
        for kind in StreamKind::ALL {
            let stream = Stream::new(kind, Uuid::from_u128(5));
            assert_eq!(Stream::from_topic(&stream.topic()), Some(stream));
        }
        assert_eq!(Stream::from_topic("train:1"), None);
    }
}
