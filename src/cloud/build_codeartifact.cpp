#include "cloud/detail/builder.h"

// Domains and repositories of CodeArtifact. A template may lean on ones that somebody made by hand:
// what is in those nobody knows here, so they count as empty.
namespace kakehashi::cloud {

void WorldBuilder::declare_codeartifact_domain(const Declared& declared) {
    const Properties& properties = declared.properties;
    CodeArtifactDomain domain{declared.account, properties.text_or("DomainName", "")};
    domain.policy = read_document(
        declared,
        "PermissionsPolicyDocument",
        declared.resource.logical_id,
        iam::PolicyType::Resource
    );
    domain.tags = properties.tags();
    domain.where = declared.where();
    std::string name = name_in(domain.account, domain.name);
    world_.codeartifact_domains_.add(std::move(domain), {std::move(name)});
}

void WorldBuilder::declare_codeartifact_repository(const Declared& declared) {
    const Properties& properties = declared.properties;
    CodeArtifactRepository repository{
        declared.account,
        properties.text_or("DomainName", ""),
        properties.text_or("RepositoryName", "")};
    repository.policy = read_document(
        declared,
        "PermissionsPolicyDocument",
        declared.resource.logical_id,
        iam::PolicyType::Resource
    );
    repository.upstreams = properties.texts("Upstreams");
    repository.external_connections = properties.texts("ExternalConnections");
    repository.tags = properties.tags();
    repository.where = declared.where();
    std::string name = name_in(name_in(repository.account, repository.domain), repository.name);
    world_.codeartifact_repositories_.add(std::move(repository), {std::move(name)});
}

}  // namespace kakehashi::cloud
