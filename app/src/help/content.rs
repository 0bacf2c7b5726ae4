//! What the help page says, as data.

/// The main job in six steps: title, sentence, place.
pub const STEPS: &[(&str, &str, &str)] = &[
    (
        "Set up a service",
        "Its environments in promotion order, what changes them, what measures them, and who approves.",
        "/services",
    ),
    (
        "Plan a release",
        "Version, artifact, changes, window and the way back. The plan names exactly what will run.",
        "/releases/new",
    ),
    (
        "Work off its checklist",
        "Each item with evidence, or with the reason why it does not apply.",
        "/releases",
    ),
    (
        "Get it approved",
        "Somebody who neither planned it nor asked for it approves the content. A change to the content voids that.",
        "/",
    ),
    (
        "Deploy, and watch",
        "Staging first, then production by shares of traffic. Canary is judged against stable after every sample.",
        "/deployments",
    ),
    (
        "Learn",
        "A bad rollout is taken back by the machine, and its incident report drafts itself. The status page follows.",
        "/incidents",
    ),
];

/// Words that have one meaning here.
pub const WORDS: &[(&str, &str)] = &[
    (
        "service",
        "something that is deployed: repository, environments, owners",
    ),
    (
        "environment",
        "a place of a service, in promotion order, with a tier, a policy, a target and a strategy",
    ),
    (
        "promotion order",
        "the order in which the same artifact has to succeed in a service's environments, staging before production",
    ),
    ("tier", "what an environment is for: development, staging or production"),
    ("target", "how an environment is changed"),
    (
        "strategy",
        "how a release reaches an environment: all at once, or as a canary that gets its traffic in steps",
    ),
    ("artifact", "what is deployed, by content: a digest or a commit"),
    ("release", "one version of a service with its plan"),
    (
        "checklist",
        "a release's copy of a template; an item is open, done or not applicable",
    ),
    ("policy", "an environment's versioned rules"),
    (
        "gate",
        "something that must hold before a deployment starts, or at every step",
    ),
    ("approval", "one person's decision on one plan digest"),
    (
        "plan digest",
        "a fingerprint of everything that will run; it changes when any of it does",
    ),
    (
        "lock",
        "a hold on an environment, by a person or by the machine, with a reason",
    ),
    (
        "deployment",
        "one run that brings a release to an environment; a rollback is a deployment with a parent",
    ),
    (
        "stable, canary",
        "the two variants that serve while a release gets its first traffic",
    ),
    (
        "analysis",
        "the judgement over samples: pass, fail, too little data, no data, source down, inconclusive",
    ),
    (
        "bake",
        "the watch after 100 %, in which a deployment can still be taken back",
    ),
    (
        "incident",
        "an interruption with timeline, impact, cause and action items",
    ),
    ("component", "a line of the public status page"),
    (
        "team",
        "people who get roles together: on the instance, on a service, or on one environment",
    ),
    (
        "service account",
        "a program with a role: it signs in nowhere, owns nothing, and its approval never counts",
    ),
];

/// Good habits.
pub const DO: &[&str] = &[
    "Deploy when traffic is low.",
    "Keep deployments small and frequent.",
    "Automate what can be automated.",
    "Have monitoring in place before you deploy.",
    "Test the way back regularly.",
    "Tell stakeholders.",
    "Give every release a version tag.",
    "Write the procedure down.",
];

/// Bad habits.
pub const DO_NOT: &[&str] = &[
    "Deploy on a Friday, unless it is necessary.",
    "Deploy several changes at once.",
    "Skip staging.",
    "Deploy without a rollback plan.",
    "Change production by hand.",
    "Deploy at peak hours.",
    "Stop watching after the deployment.",
    "Deploy when the people who know are away.",
];

/// When something fails: what fails, then what to look at.
pub const TROUBLE: &[(&str, &[&str])] = &[
    (
        "A deployment fails",
        &[
            "Read its log on the deployment's page, from the first red line on.",
            "Look at the target's own events (kubectl describe deployment, journalctl).",
            "Check that the artifact exists where the target looks for it (docker pull).",
        ],
    ),
    (
        "The application won't start",
        &[
            "Read the application's own log.",
            "Check its environment variables.",
            "Check its limits of memory and processor.",
        ],
    ),
    (
        "A database migration fails",
        &[
            "Read the migration's log.",
            "Check that the database answers: psql -c \"select 1\".",
            "Look for locks: select * from pg_locks where not granted.",
        ],
    ),
    (
        "A canary stays where it is",
        &[
            "The line above the charts says what it waits for and until when.",
            "Too little data is no failure: raise the load, or promote.",
            "No data or a silent source becomes inconclusive after a while, and then a person decides.",
        ],
    ),
];

/// Further reading: title and address.
pub const READING: &[(&str, &str)] = &[
    ("The Twelve-Factor App", "https://12factor.net/"),
    ("Continuous Delivery", "https://continuousdelivery.com/"),
    (
        "AWS deployment best practices",
        "https://aws.amazon.com/architecture/well-architected/",
    ),
    ("Google SRE books", "https://sre.google/books/"),
    (
        "Kubernetes deployment strategies",
        "https://kubernetes.io/docs/concepts/workloads/controllers/deployment/",
    ),
];

/// Keys: what to press, what happens.
pub const KEYS: &[(&str, &str)] = &[
    ("Ctrl K or /", "Go anywhere by name"),
    ("Up, Down, Enter", "Choose from what was found, and go there"),
    ("P", "On a deployment's page: pause, or resume"),
    ("B", "On a deployment's page: roll back, after a question"),
    ("Left, Right", "Along a chart that has the focus"),
    ("Shift Left, Shift Right", "Along a chart, ten measurements at once"),
    ("Esc", "Close what is open"),
    ("Tab, Shift Tab", "From control to control"),
];
