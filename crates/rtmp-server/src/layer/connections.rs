//! Who is connected, and whether somebody else may be.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{AddressGroup, Limits};
use crate::net::{ConnectionHandle, ConnectionId};
use crate::publications;
use crate::service::{AdmissionRefusal, Incoming};

/// The connections that were admitted and have not ended.
#[derive(Debug, Default)]
pub(super) struct Connections {
    groups: HashMap<AddressGroup, Vec<Connected>>,
    count: usize,
}

#[derive(Debug)]
struct Connected {
    handle: ConnectionHandle,
    /// It came when all places were taken, and a silent publisher of its address made room.
    in_place_of_a_silent_one: bool,
}

impl Connected {
    /// Told to end: it takes nobody's place any more.
    fn is_leaving(&self) -> bool {
        self.handle.is_disconnecting()
    }

    /// It publishes nothing: not yet, or no more, or it reads why its publish was ended.
    fn is_waiting(&self) -> bool {
        !self.handle.is_publishing() && !self.is_leaving()
    }

    /// It has its place from somebody who is still counted, until it publishes: then it has taken
    /// over.
    fn is_extra(&self) -> bool {
        self.in_place_of_a_silent_one && !self.handle.has_published()
    }

    /// A publisher whose stream `newcomer` may take over.
    fn makes_room_for(&self, newcomer: &Incoming) -> bool {
        self.handle.is_publishing()
            && !self.is_leaving()
            && publications::may_take_over(&self.handle, &newcomer.connection, newcomer.at)
    }
}

/// The connections, shared by the services of a layer.
pub(super) type Shared = Arc<Mutex<Connections>>;

impl Connections {
    /// Admits `incoming` if that is within `limits`, until the permit is dropped.
    ///
    /// A publisher that lost its link comes back long before its old connection is known to be dead,
    /// and with it all others behind the same address. So a publisher that may be taken over by the
    /// newcomer makes room for it: one for one, so that nobody gets more places than there are
    /// streams that he publishes already.
    pub(super) fn admit(
        connections: &Shared,
        limits: &Limits,
        incoming: &Incoming,
    ) -> Result<Permit, AdmissionRefusal> {
        let group = AddressGroup::from(incoming.peer.ip());
        let mut table = lock(connections);
        let in_place_of_a_silent_one = table.decide(limits, group, incoming)?;
        table.count = table.count.saturating_add(1);
        table.groups.entry(group).or_default().push(Connected {
            handle: incoming.connection.clone(),
            in_place_of_a_silent_one,
        });
        Ok(Permit {
            connections: Arc::clone(connections),
            group,
            id: incoming.connection.id(),
        })
    }

    /// Whether `incoming` has its place from a silent publisher, if it gets one.
    fn decide(
        &self,
        limits: &Limits,
        group: AddressGroup,
        incoming: &Incoming,
    ) -> Result<bool, AdmissionRefusal> {
        let neighbours = self.groups.get(&group).map_or(&[][..], Vec::as_slice);
        let count =
            |counts: &dyn Fn(&Connected) -> bool| neighbours.iter().filter(|it| counts(it)).count();
        let silent = count(&|it| it.makes_room_for(incoming));
        let address = incoming.peer.ip();

        let limit = limits.unpublished_per_ip();
        if count(&Connected::is_waiting) >= limit.saturating_add(silent) {
            return Err(AdmissionRefusal::UnpublishedPerIpLimit { limit, address });
        }
        let limit = limits.connections_per_ip();
        if count(&|it| !it.is_leaving()) >= limit.saturating_add(silent) {
            return Err(AdmissionRefusal::PerIpLimit { limit, address });
        }
        let limit = limits.connections();
        if self.count < limit || self.places_taken() < limit {
            return Ok(false);
        }
        if count(&|it| it.is_extra() && !it.is_leaving()) < silent {
            return Ok(true);
        }
        Err(AdmissionRefusal::ConnectionLimit { limit })
    }

    /// Looks at every connection, so it is asked only when there are as many as allowed.
    fn places_taken(&self) -> usize {
        let connected = self.groups.values().flatten();
        connected
            .filter(|it| !it.is_leaving() && !it.is_extra())
            .count()
    }

    fn remove(&mut self, group: AddressGroup, id: ConnectionId) {
        let Some(connected) = self.groups.get_mut(&group) else {
            return;
        };
        if let Some(index) = connected.iter().position(|it| it.handle.id() == id) {
            connected.swap_remove(index);
            self.count = self.count.saturating_sub(1);
        }
        if connected.is_empty() {
            self.groups.remove(&group);
        }
    }
}

/// The place of a connection.
#[derive(Debug)]
pub(super) struct Permit {
    connections: Shared,
    group: AddressGroup,
    id: ConnectionId,
}

impl Drop for Permit {
    fn drop(&mut self) {
        lock(&self.connections).remove(self.group, self.id);
    }
}

fn lock(connections: &Shared) -> MutexGuard<'_, Connections> {
    connections.lock().unwrap_or_else(PoisonError::into_inner)
}
