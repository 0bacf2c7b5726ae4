//! Rows of releases and their checklists as the rules know them.

use crate::Error;
use domain::id::{ItemId, PersonId, ReleaseId, ServiceId};
use domain::release::{Item, ItemState, Release, ReleaseForm, TemplateRef};
use domain::service::Service;
use sqlx::PgConnection;
use sqlx::types::Json;

/// A release by its id.
///
/// # Errors
/// `NotFound`.
pub(crate) async fn release(c: &mut PgConnection, id: ReleaseId) -> Result<Release, Error> {
    let row = sqlx::query!(
        r#"select r.id as "id: ReleaseId", r.service_id as "service: ServiceId", r.form as "form: Json<ReleaseForm>",
                  t.name as template, t.version as template_version, r.created_by as "created_by: PersonId",
                  r.created_at, r.updated_at, r.row_version
           from release r join template t on t.id = r.template_id where r.id = $1"#,
        id.0,
    )
    .fetch_one(c)
    .await?;
    Ok(Release {
        id: row.id,
        service: row.service,
        form: ReleaseForm {
            row_version: row.row_version,
            ..row.form.0
        },
        template: TemplateRef {
            name: row.template,
            version: row.template_version,
        },
        created_by: row.created_by,
        created_at: row.created_at,
        updated_at: row.updated_at,
        row_version: row.row_version,
    })
}

/// The id of a service's version.
///
/// # Errors
/// `NotFound`.
pub(crate) async fn release_id(c: &mut PgConnection, service: &str, version: &str) -> Result<ReleaseId, Error> {
    let id = sqlx::query_scalar!(
        r#"select r.id as "id: ReleaseId" from release r join service s on s.id = r.service_id
           where s.name = $1 and r.version = $2"#,
        service,
        version,
    );
    Ok(id.fetch_one(c).await?)
}

/// Until the end of the transaction nobody else changes this release, its checklist or its requests.
///
/// # Errors
/// `NotFound`.
pub(crate) async fn lock(c: &mut PgConnection, id: ReleaseId) -> Result<(), Error> {
    sqlx::query!("select id from release where id = $1 for update", id.0)
        .fetch_one(c)
        .await?;
    Ok(())
}

/// The checklist of a release, in its order.
pub(crate) async fn items(c: &mut PgConnection, release: ReleaseId) -> Result<Vec<Item>, Error> {
    let items = sqlx::query_as!(
        Item,
        r#"select id as "id: ItemId", section, position, text, condition, state as "state: ItemState", evidence,
                  by_id as "by: PersonId", at, row_version
           from checklist_item where release_id = $1 order by position"#,
        release.0,
    );
    Ok(items.fetch_all(c).await?)
}

/// A service by its id.
///
/// # Errors
/// `NotFound`.
pub(crate) async fn service(c: &mut PgConnection, id: ServiceId) -> Result<Service, Error> {
    let service = sqlx::query_as!(
        Service,
        r#"select id as "id: ServiceId", name, repository, description, customer_facing, sample, row_version
           from service where id = $1"#,
        id.0,
    );
    Ok(service.fetch_one(c).await?)
}
