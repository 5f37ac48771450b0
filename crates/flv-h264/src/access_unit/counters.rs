/// What an [`AccessUnitBuilder`](super::AccessUnitBuilder) has seen and skipped so far.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Video messages in all.
    pub messages: u64,
    /// Access units delivered.
    pub access_units: u64,
    /// Those of them that are IDR pictures.
    pub idr_pictures: u64,
    /// Those of them that are CRA or BLA pictures (H.265).
    pub cra_pictures: u64,
    /// Those of them that are recovery points.
    pub recovery_points: u64,
    /// Those of them that are shown in another order than they come: the encoder uses B frames,
    /// and says when they are to be shown.
    pub reordered_pictures: u64,
    /// Those of them that are made of several messages.
    pub joined_pictures: u64,
    /// Those of them that are the rest of a picture whose beginning was delivered before it was
    /// known to come in several messages. Once in a stream.
    pub late_rests: u64,
    /// Pictures behind the first one of a message.
    pub further_pictures: u64,
    /// Pictures left out because the message had far too many.
    pub surplus_pictures: u64,
    /// Messages of no or one byte.
    pub empty_messages: u64,
    /// Messages whose header cannot be read, or whose NAL units cannot be told apart.
    pub malformed_messages: u64,
    /// Messages of codecs that are not taken, passed over as they were few among others.
    pub messages_of_other_codecs: u64,
    /// Messages whose codec id has no meaning.
    pub undefined_codec_ids: u64,
    /// Messages that hold no picture: commands, metadata, SEI or parameter sets alone.
    pub non_picture_messages: u64,
    /// Parts of messages that belong to another track than the one followed.
    pub other_track_messages: u64,
    /// NAL units of no bytes.
    pub empty_nal_units: u64,
    /// Pictures left out because no parameter sets had come yet.
    pub pictures_without_parameter_sets: u64,
    /// Leading pictures (H.265 RASL) left out because the stream begins, or was spliced, behind the
    /// pictures that they refer to.
    pub undecodable_leading_pictures: u64,
    /// Pictures left out because the codec has changed, and decoding has not started again.
    pub pictures_of_another_start: u64,
    /// Sequence headers that repeat the one before.
    pub repeated_sequence_headers: u64,
    /// Sequence headers that cannot be read; the last good one stays.
    pub broken_sequence_headers: u64,
    /// Times the parameter sets became others.
    pub parameter_set_changes: u64,
    /// Parameter sets over the limits, or unreadable, that were left in place.
    pub refused_parameter_sets: u64,
    /// Messages with start codes instead of NAL lengths.
    pub annex_b_messages: u64,
    /// Bytes of SEI held for the next picture and thrown away because too many came.
    pub discarded_held_bytes: u64,
}

/// Counters stop at their largest value.
pub(crate) fn add(counter: &mut u64, count: usize) {
    *counter = counter.saturating_add(count as u64);
}
