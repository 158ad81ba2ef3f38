use super::*;

/// The same writes in another order, with other ids.
fn write(desk: &Desk, order: [usize; 3]) {
    let steps: [&dyn Fn(); 3] = [
        &|| drop(desk.person("jane@acme.com")),
        &|| drop(desk.company("other.com")),
        &|| {
            desk.user("u-1");
            let workspace = desk.workspace("w-1");
            assert_eq!(
                desk.patch("workspaces", &workspace, json!({"users": ["u-1"]}))
                    .0,
                200
            );
        },
    ];
    for step in order {
        steps[step]();
    }
}

#[test]
fn snapshots_do_not_depend_on_order_ids_and_times() {
    let (one, two) = (Desk::new(), Desk::with(|_| ()));
    write(&one, [0, 1, 2]);
    write(&two, [2, 1, 0]);
    assert_eq!(one.0.snapshot(), two.0.snapshot());
    assert_eq!(one.0.snapshot().diff(&two.0.snapshot()), "");
    insta::assert_snapshot!(one.0.snapshot(), @r"
    companies domains=acme.com
      domains: acme.com
      team: people email_addresses=jane@acme.com
    companies domains=other.com
      domains: other.com
    people email_addresses=jane@acme.com
      company: companies domains=acme.com
      email_addresses: jane@acme.com
    users primary_email_address=u-1@example.com user_id=u-1
      primary_email_address: u-1@example.com
      user_id: u-1
      workspace: workspaces workspace_id=w-1
    workspaces workspace_id=w-1
      users: users primary_email_address=u-1@example.com user_id=u-1
      workspace_id: w-1
    ");
}

#[test]
fn snapshots_tell_every_difference() {
    let base = || {
        let desk = Desk::new();
        write(&desk, [0, 1, 2]);
        desk
    };
    let one = base().0.snapshot();
    let changes: [fn(&Desk); 5] = [
        |desk| drop(desk.company("new.com")),
        |desk| {
            drop(desk.put(
                "companies",
                "domains",
                json!({"domains": ["other.com"], "name": "Other"}),
            ))
        },
        |desk| {
            drop(desk.put(
                "companies",
                "domains",
                json!({"domains": ["other.com"], "team": ["jane@acme.com"]}),
            ))
        },
        |desk| {
            drop(desk.put(
                "workspaces",
                "workspace_id",
                json!({"workspace_id": "w-1", "users": []}),
            ))
        },
        |desk| {
            let name = json!({"first_name": "", "last_name": "Jane", "full_name": "Jane"});
            desk.put(
                "people",
                "email_addresses",
                json!({"email_addresses": ["jane@acme.com"], "name": name}),
            );
        },
    ];
    for change in changes {
        let desk = base();
        change(&desk);
        let two = desk.0.snapshot();
        assert_ne!(one, two);
        assert_ne!(one.diff(&two), "");
    }
}

#[test]
fn records_without_unique_values_are_told_apart_by_what_they_hold() {
    let deals = |names: &[&str]| {
        let desk = Desk::new();
        for name in names {
            let deal = json!({"name": name, "stage": "Lead", "owner": "a@b.co"});
            assert_eq!(desk.create("deals", deal).0, 200);
        }
        desk.0.snapshot()
    };
    assert_eq!(deals(&["A", "B", "B"]), deals(&["B", "A", "B"]));
    assert_ne!(deals(&["A", "B", "B"]), deals(&["A", "B"]));
}
