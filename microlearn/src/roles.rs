//! Which service plays which role.

use service_kit::{Role, Service};

/// The service of a role; nothing for the roles that answer HTTP.
pub fn service(role: Role) -> Option<Service> {
    match role {
        Role::DataPreparer => Some(data_preparer::service()),
        Role::ModelSelector => Some(model_selector::service()),
        Role::Hyperopt => Some(hyperopt::service()),
        Role::Trainer => Some(trainer::service()),
        Role::Evaluator => Some(evaluator::service()),
        Role::Deployer => Some(deployer::service()),
        Role::Orchestrator => Some(orchestrator::service()),
        Role::Dashboard | Role::Serving => None,
    }
}

/// All seven services.
pub fn services() -> Vec<Service> {
    Role::ALL.iter().copied().filter_map(service).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::job::JobKind;

    #[test]
    fn every_kind_of_job_is_handled_by_one_service() {
        let services = services();
        assert_eq!(services.len(), 7);
        for kind in JobKind::ALL.iter().filter(|kind| **kind != JobKind::Batch) {
            let handlers = services.iter().flat_map(|service| &service.handlers);
            assert_eq!(
                handlers.filter(|(handled, ..)| handled == kind).count(),
                1,
                "{kind}"
            );
        }
    }
}
