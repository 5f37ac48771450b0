//! Who is connected, and whether somebody else may be.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::{AddressGroup, Limits};
use crate::connection::{ConnectionHandle, ConnectionId};
use crate::service::{AdmissionRefusal, Incoming};

/// The connections that were admitted and have not ended.
#[derive(Debug, Default)]
pub(super) struct Connections {
    groups: HashMap<AddressGroup, Group>,
    count: usize,
}

/// The connections of an address.
#[derive(Debug, Default)]
struct Group {
    connected: Vec<ConnectionHandle>,
    /// How many of them have places of their own. The others came when all places were taken, each
    /// in place of a publisher of theirs that was silent; when that one leaves, its place is theirs.
    places: usize,
}

impl Group {
    /// Without those that were told to end: they take nobody's place any more.
    fn staying(&self) -> impl Iterator<Item = &ConnectionHandle> {
        let connected = self.connected.iter();
        connected.filter(|connection| !connection.is_disconnecting())
    }

    /// Those that publish nothing: not yet, or no more, or they read why their publish was ended.
    fn waiting(&self) -> usize {
        let staying = self.staying();
        staying.filter(|it| !it.is_publishing()).count()
    }

    /// The publishers whose streams `newcomer` may take over.
    fn silent(&self, newcomer: &Incoming) -> usize {
        let publishing = self.staying().filter(|it| it.is_publishing());
        publishing
            .filter(|it| it.may_be_replaced_by(&newcomer.connection, newcomer.at))
            .count()
    }

    fn places(&self) -> usize {
        self.places.min(self.staying().count())
    }

    /// Those that have no place of their own.
    fn extra(&self) -> usize {
        self.staying().count().saturating_sub(self.places)
    }

    fn add(&mut self, connection: ConnectionHandle, place: Place) {
        // What others have left is not this one's.
        self.places = self.places();
        if place == Place::Own {
            self.places = self.places.saturating_add(1);
        }
        self.connected.push(connection);
    }

    fn remove(&mut self, id: ConnectionId) -> bool {
        let index = self.connected.iter().position(|it| it.id() == id);
        if let Some(index) = index {
            self.connected.swap_remove(index);
            self.places = self.places();
        }
        index.is_some()
    }
}

/// The place that a newcomer gets.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Place {
    Own,
    OfSilent,
}

/// The connections, shared by the services of a layer.
pub(super) type Shared = Arc<Mutex<Connections>>;

impl Connections {
    /// Admits `incoming` if that is within `limits`, until the permit is dropped.
    ///
    /// A publisher that lost its link comes back long before its old connection is known to be dead,
    /// and with it all others behind the same address. So a publisher that may be taken over by the
    /// newcomer makes room for it, one for one. Whoever came so makes no room himself before the
    /// other one has left: however many streams somebody publishes, no limit is passed by more than
    /// as much again.
    pub(super) fn admit(
        connections: &Shared,
        limits: &Limits,
        incoming: &Incoming,
    ) -> Result<Permit, AdmissionRefusal> {
        let group = AddressGroup::from(incoming.peer.ip());
        let mut table = connections.lock();
        let place = table.decide(limits, group, incoming)?;
        table.count = table.count.saturating_add(1);
        let neighbours = table.groups.entry(group).or_default();
        neighbours.add(incoming.connection.clone(), place);
        Ok(Permit {
            connections: Arc::clone(connections),
            group,
            id: incoming.connection.id(),
        })
    }

    /// The place that `incoming` gets, if it gets one.
    fn decide(
        &self,
        limits: &Limits,
        group: AddressGroup,
        incoming: &Incoming,
    ) -> Result<Place, AdmissionRefusal> {
        let nobody = Group::default();
        let neighbours = self.groups.get(&group).unwrap_or(&nobody);
        let silent = neighbours.silent(incoming);
        let with_room = |limit: usize| limit.saturating_add(silent.min(limit));
        let address = incoming.peer.ip();

        let limit = limits.unpublished_per_ip();
        if neighbours.waiting() >= with_room(limit) {
            return Err(AdmissionRefusal::UnpublishedPerIpLimit { limit, address });
        }
        let limit = limits.connections_per_ip();
        if neighbours.staying().count() >= with_room(limit) {
            return Err(AdmissionRefusal::PerIpLimit { limit, address });
        }
        let limit = limits.connections();
        if self.count < limit || self.places_taken() < limit {
            return Ok(Place::Own);
        }
        if neighbours.extra() < silent.min(neighbours.places()) {
            return Ok(Place::OfSilent);
        }
        Err(AdmissionRefusal::ConnectionLimit { limit })
    }

    /// Looks at every connection, so it is asked only when there are as many as allowed.
    fn places_taken(&self) -> usize {
        self.groups.values().map(Group::places).sum()
    }

    fn remove(&mut self, group: AddressGroup, id: ConnectionId) {
        let Some(neighbours) = self.groups.get_mut(&group) else {
            return;
        };
        if neighbours.remove(id) {
            self.count = self.count.saturating_sub(1);
        }
        if neighbours.connected.is_empty() {
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
        self.connections.lock().remove(self.group, self.id);
    }
}
