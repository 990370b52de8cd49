//! Where the embedded cluster answers otherwise than the real one, and why that is so.

use regex::Regex;

/// A difference that is known.
pub struct Known {
    /// It must occur in each of them.
    sessions: &'static [&'static str],
    /// A regular expression for the lines, as they are reported: `command: -real line`, `command: +ours`.
    line: &'static str,
    #[allow(dead_code)] // for who reads it
    why: &'static str,
}

#[rustfmt::skip]
pub const DIFFERENCES: &[Known] = &[
    Known {
        sessions: &["nodes", "rollout"],
        line: r"^\$ get pods? .*-o json: (\+.*(\.observedGeneration=1|PodReadyToStartContainers|\.started=true)|.*\.(containerID|imageID)=)",
        why: "the lab's kubelet is kwok, which runs no containers and leaves out of a status what real kubelets write",
    },
    Known {
        sessions: &["nodes"],
        line: "describe pod alone: .*(Container ID:|Image ID:|PodReadyToStartContainers)",
        why: "the same, as kubectl describes it",
    },
    Known {
        sessions: &["nodes"],
        line: r"(describe pod alone|events --for pod/alone): \+.* (Pulling|Pulled|Created|Started) ",
        why: "a kubelet's events: kwok has none",
    },
    Known {
        sessions: &["nodes"],
        line: r"describe node judge-node: \+.* Node(Not)?Schedulable ",
        why: "a kubelet's events of its node: kwok has none",
    },
    Known {
        sessions: &["nodes"],
        line: "describe node judge-node: .  HolderIdentity:  ",
        why: "a kubelet holds its lease in the node's name, kwok in its own",
    },
    Known {
        sessions: &["nodes"],
        line: "describe node judge-node: .(Non-terminated Pods:|  kube-system  kube-proxy|  monitoring  node-exporter|  cpu  |  memory  )",
        why: "the embedded cluster has DaemonSets, whose pods come to every node; the lab has none",
    },
    Known {
        sessions: &["rollout"],
        line: r"get pods (--show-labels: .api-<hash>-<made>  1/1  Running  0  <age>  app=api,pod-template-hash=<hash>,|-o json: \+.*)topology.kubernetes.io/(region|zone)=",
        why: "pods get the labels of their node's place: the lab's nodes have no region",
    },
    Known {
        sessions: &["objects"],
        line: "api-resources --namespaced=false --api-group=: -componentstatuses ",
        why: "deprecated since 1.19, and true of nothing that is embedded",
    },
    Known {
        sessions: &["objects"],
        line: r"^\$ explain configmap.data: .    ",
        why: "the schemas keep the first sentence of a description",
    },
    Known {
        sessions: &["objects"],
        line: r#"^\$ patch .*: .The request is invalid: patch: Invalid value: ".*": json: cannot unmarshal string into Go struct field ConfigMap.data of type map\[string\]string$"#,
        why: "the object quoted in it has its fields by name, not as Go's struct has them",
    },
];

/// Those differences that are in no row; and the rows of that session that nothing was found for.
pub fn unexplained(session: &str, differences: &[String]) -> Vec<String> {
    let rows = DIFFERENCES.iter().filter(|row| row.sessions.contains(&session));
    let rows: Vec<_> = rows.map(|row| (Regex::new(row.line).unwrap(), row)).collect();
    let unknown = differences.iter().filter(|line| !rows.iter().any(|(row, _)| row.is_match(line))).cloned();
    let idle = rows.iter().filter(|(row, _)| !differences.iter().any(|line| row.is_match(line)));
    unknown.chain(idle.map(|(_, row)| format!("does not occur any more: {}", row.line))).collect()
}
