select * from {{ last_published(ref("web")) }}
