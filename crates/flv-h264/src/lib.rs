//! FLV tags, AVC configuration, NAL units, Annex B and SPS: from RTMP/FLV video to H.264 access units. no_std.
