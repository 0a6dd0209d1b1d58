//! Repositories.

use skep_core::Error;
use skep_core::access::operations::{ListRepositories, ReadRepository};
use skep_core::repositories::RepositoryView;

use super::tag;
use crate::api::{Cache, Call, Reply, Value, object};

pub(super) async fn list(call: Call) -> Result<Reply, Error> {
    let access = call.app.core.allow::<ListRepositories>(&call.caller(), ()).await?;
    let repositories = call.app.core.list_repositories(&access).await?;
    let cache = if call.principal.is_some() { Cache::Private } else { Cache::Public };
    Ok(Reply::ok(Value::list(repositories.iter().map(render))).cache(cache).etag(tag(&repositories)))
}

pub(super) async fn show(call: Call) -> Result<Reply, Error> {
    let caller = call.caller();
    let access = call.app.core.allow::<ReadRepository>(&caller, call.params.required("repository")?).await?;
    let repository = call.app.core.show_repository(&access);
    let cache = if repository.name == "hexpm" { Cache::Public } else { Cache::Private };
    let reply = Reply::ok(render(&repository)).cache(cache).etag(tag(&repository));
    Ok(reply.last_modified(repository.updated_at.unwrap_or_default()))
}

fn render(repository: &RepositoryView) -> Value {
    object! {
        "name" => repository.name.clone(),
        "inserted_at" => repository.inserted_at.map(Value::time),
        "updated_at" => repository.updated_at.map(Value::time),
    }
}
