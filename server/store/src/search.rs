//! What the palette finds.

use crate::{Db, Error};
use domain::access::{Action, Actor, Scope};
use domain::home::{Hit, HitKind};
use sqlx::PgConnection;

/// So many in all, and so many of one kind.
const MOST: usize = 20;
const MOST_OF_A_KIND: i64 = 6;
/// A longer query finds nothing more.
const LONGEST: usize = 100;

/// Services, releases, deployments (`#12`), incidents (`INC-7`) and people that a text is part of.
///
/// # Errors
/// `Denied`.
pub async fn search(db: &Db, actor: &Actor, q: &str) -> Result<Vec<Hit>, Error> {
    actor.may(Action::Read, Scope::Instance)?;
    let q: String = q.trim().chars().take(LONGEST).collect();
    if q.is_empty() {
        return Ok(Vec::new());
    }
    let mut c = db.acquire().await?;
    let pattern = pattern(&q);
    let mut hits = Vec::new();
    if let Some(number) = number(&q, &["#"]) {
        hits.extend(deployments(&mut c, number).await?);
    }
    if let Some(number) = number(&q, &["inc-", "inc"]) {
        hits.extend(incidents(&mut c, number).await?);
    }
    hits.extend(services(&mut c, &pattern).await?);
    hits.extend(releases(&mut c, &pattern).await?);
    hits.extend(titled_incidents(&mut c, &pattern).await?);
    hits.extend(people(&mut c, &pattern).await?);
    let mut seen = std::collections::HashSet::new();
    hits.retain(|hit| hit.kind == HitKind::Person || seen.insert(hit.href.clone()));
    hits.truncate(MOST);
    Ok(hits)
}

/// A pattern for `ilike` that finds the text anywhere: what is special in patterns stands for itself.
pub(crate) fn pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.chars() {
        if matches!(c, '\\' | '%' | '_') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// The number that is meant, with or without what it is called by.
fn number(text: &str, prefixes: &[&str]) -> Option<i64> {
    let text = text.to_lowercase();
    let digits = prefixes
        .iter()
        .find_map(|prefix| text.strip_prefix(prefix))
        .unwrap_or(&text);
    digits.trim().parse().ok()
}

async fn deployments(c: &mut PgConnection, number: i64) -> Result<Vec<Hit>, Error> {
    let rows = sqlx::query!(
        r#"select d.number, s.name as service, r.version, e.name as environment
           from deployment d join service s on s.id = d.service_id join release r on r.id = d.release_id
               join environment e on e.id = d.environment_id
           where d.number = $1"#,
        number,
    )
    .fetch_all(c)
    .await?;
    let hits = rows.into_iter().map(|row| Hit {
        kind: HitKind::Deployment,
        title: format!("#{}", row.number),
        hint: format!("{} {} → {}", row.service, row.version, row.environment),
        href: format!("/deployments/{}", row.number),
    });
    Ok(hits.collect())
}

async fn incidents(c: &mut PgConnection, number: i64) -> Result<Vec<Hit>, Error> {
    let rows = sqlx::query!(
        r#"select number, form ->> 'title' as "title!" from incident where number = $1"#,
        number
    );
    Ok(rows
        .fetch_all(c)
        .await?
        .into_iter()
        .map(|row| incident_hit(row.number, row.title))
        .collect())
}

async fn titled_incidents(c: &mut PgConnection, pattern: &str) -> Result<Vec<Hit>, Error> {
    let rows = sqlx::query!(
        r#"select number, form ->> 'title' as "title!" from incident
           where form ->> 'title' ilike $1 order by number desc limit $2"#,
        pattern,
        MOST_OF_A_KIND,
    );
    Ok(rows
        .fetch_all(c)
        .await?
        .into_iter()
        .map(|row| incident_hit(row.number, row.title))
        .collect())
}

fn incident_hit(number: i64, title: String) -> Hit {
    Hit {
        kind: HitKind::Incident,
        title: format!("INC-{number}"),
        hint: title,
        href: format!("/incidents/{number}"),
    }
}

async fn services(c: &mut PgConnection, pattern: &str) -> Result<Vec<Hit>, Error> {
    let rows = sqlx::query!(
        "select name, description from service where name ilike $1 or description ilike $1 order by name limit $2",
        pattern,
        MOST_OF_A_KIND,
    );
    let hits = rows.fetch_all(c).await?.into_iter().map(|row| Hit {
        kind: HitKind::Service,
        href: format!("/services/{}", row.name),
        title: row.name,
        hint: row.description,
    });
    Ok(hits.collect())
}

async fn releases(c: &mut PgConnection, pattern: &str) -> Result<Vec<Hit>, Error> {
    let rows = sqlx::query!(
        r#"select s.name as service, r.version, r.title from release r join service s on s.id = r.service_id
           where r.version ilike $1 or r.title ilike $1 or s.name || ' ' || r.version ilike $1
           order by r.created_at desc limit $2"#,
        pattern,
        MOST_OF_A_KIND,
    );
    let hits = rows.fetch_all(c).await?.into_iter().map(|row| Hit {
        kind: HitKind::Release,
        title: format!("{} {}", row.service, row.version),
        hint: row.title,
        href: format!("/releases/{}/{}", row.service, row.version),
    });
    Ok(hits.collect())
}

async fn people(c: &mut PgConnection, pattern: &str) -> Result<Vec<Hit>, Error> {
    let rows = sqlx::query!(
        "select name, email from person where active and kind = 'person' and (name ilike $1 or email ilike $1) order by lower(name) limit $2",
        pattern,
        MOST_OF_A_KIND,
    );
    let hits = rows.fetch_all(c).await?.into_iter().map(|row| Hit {
        kind: HitKind::Person,
        title: row.name,
        hint: row.email,
        href: "/people".to_owned(),
    });
    Ok(hits.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_special_in_patterns_stands_for_itself() {
        assert_eq!(pattern(r"50%_\"), r"%50\%\_\\%");
    }

    #[test]
    fn numbers_by_what_they_are_called() {
        assert_eq!(number("#12", &["#"]), Some(12));
        assert_eq!(number("12", &["#"]), Some(12));
        assert_eq!(number("INC-7", &["inc-", "inc"]), Some(7));
        assert_eq!(number("inc7", &["inc-", "inc"]), Some(7));
        assert_eq!(number("INC-7", &["#"]), None);
        assert_eq!(number("storefront", &["#"]), None);
    }
}
