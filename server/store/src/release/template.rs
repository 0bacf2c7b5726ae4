//! Versioned forms, seeded from the Markdown files that the binary carries.

use crate::tx::{Tx, begin};
use crate::{Db, Error};
use domain::release::{TemplateSection, parse_checklist};
use sqlx::PgConnection;
use uuid::Uuid;

/// A form that Slipway brings along.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Form {
    kind: &'static str,
    name: &'static str,
    markdown: &'static str,
}

impl Form {
    /// The binary's own text.
    pub fn markdown(&self) -> &'static str {
        self.markdown
    }
}

/// What must hold before a deployment to production.
pub(crate) const CHECKLIST: Form = Form {
    kind: "checklist",
    name: "Pre-Deployment Checklist",
    markdown: include_str!("../../templates/checklist.md"),
};

/// The layout of an incident's report.
pub(crate) const INCIDENT_REPORT: Form = Form {
    kind: "incident_report",
    name: "Deployment Incident Report",
    markdown: include_str!("../../templates/incident_report.md"),
};

/// A version of a form, as it is kept.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    pub id: Uuid,
    pub version: i32,
    pub markdown: String,
}

impl Template {
    /// The sections of a checklist.
    pub fn sections(&self) -> Vec<TemplateSection> {
        parse_checklist(&self.markdown)
    }
}

/// Keeps the forms of this binary: a new version of each whose text is not the newest one's. Any number of processes may do so at once.
///
/// # Errors
/// `Db`.
pub async fn seed_templates(db: &Db) -> Result<(), Error> {
    let mut tx = begin(db).await?;
    for form in [CHECKLIST, INCIDENT_REPORT] {
        seed(&mut tx, form, form.markdown()).await?;
    }
    tx.commit().await
}

/// The newest version of a form. On an instance that has none yet, the binary's own becomes the first.
pub(crate) async fn newest(tx: &mut Tx, form: Form) -> Result<Template, Error> {
    match kept(tx, form).await? {
        Some(template) => Ok(template),
        None => {
            seed(tx, form, form.markdown()).await?;
            kept(tx, form).await?.ok_or(Error::NotFound)
        }
    }
}

async fn kept(c: &mut PgConnection, form: Form) -> Result<Option<Template>, Error> {
    let newest = sqlx::query_as!(
        Template,
        "select id, version, markdown from template where kind = $1 and name = $2 order by version desc limit 1",
        form.kind,
        form.name,
    );
    Ok(newest.fetch_optional(c).await?)
}

pub(crate) async fn seed(tx: &mut Tx, form: Form, markdown: &str) -> Result<(), Error> {
    // Readers go on; a second seeder waits, and then finds the text kept.
    sqlx::query!("lock table template in share row exclusive mode")
        .execute(&mut **tx)
        .await?;
    let newest = kept(tx, form).await?;
    if newest.as_ref().is_some_and(|newest| newest.markdown == markdown) {
        return Ok(());
    }
    let version = newest.map_or(1, |newest| newest.version + 1);
    sqlx::query!(
        "insert into template (id, kind, name, version, markdown) values ($1, $2, $3, $4, $5)",
        Uuid::now_v7(),
        form.kind,
        form.name,
        version,
        markdown,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checklist_has_the_procedure_s_six_sections_and_every_item() {
        let sections = parse_checklist(CHECKLIST.markdown());
        let count: Vec<_> = sections
            .iter()
            .map(|section| (section.title.as_str(), section.items.len()))
            .collect();
        let expected = [
            ("Code & Tests", 6),
            ("Documentation", 5),
            ("Database", 5),
            ("Configuration", 5),
            ("Infrastructure", 5),
            ("Communication", 5),
        ];
        assert_eq!(count, expected);
        let conditions: Vec<_> = sections
            .iter()
            .flat_map(|section| &section.items)
            .map(|item| item.condition.as_str())
            .collect();
        let conditions: Vec<_> = conditions
            .into_iter()
            .filter(|condition| !condition.is_empty())
            .collect();
        assert_eq!(conditions, ["if applicable", "if needed", "if customer-facing"]);
    }

    #[sqlx::test(migrations = "../../migrations")]
    async fn seeding_again_keeps_the_version_and_a_new_text_makes_one(db: Db) {
        seed_templates(&db).await.expect("seeds");
        seed_templates(&db).await.expect("seeds again");
        let mut tx = begin(&db).await.expect("begins");
        let first = newest(&mut tx, CHECKLIST).await.expect("is kept");
        assert_eq!((first.version, first.markdown.as_str()), (1, CHECKLIST.markdown()));
        seed(&mut tx, CHECKLIST, "### Short\n- [ ] One thing")
            .await
            .expect("seeds a new text");
        let second = newest(&mut tx, CHECKLIST).await.expect("is kept");
        assert_eq!((second.version, second.sections().len()), (2, 1));
    }

    #[sqlx::test(migrations = "../../migrations")]
    async fn two_processes_that_seed_at_once_make_one_version(db: Db) {
        let (one, other) = tokio::join!(seed_templates(&db), seed_templates(&db));
        one.expect("seeds");
        other.expect("seeds");
        let count = sqlx::query_scalar!(r#"select count(*) as "count!" from template"#)
            .fetch_one(&db)
            .await
            .expect("counts");
        assert_eq!(count, 2);
    }
}
