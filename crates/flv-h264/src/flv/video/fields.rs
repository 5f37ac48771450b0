//! The numbered fields of video tags, all open: values without a name survive.

use crate::flv::mod_ex::MOD_EX_PACKET_TYPE;

/// FrameType: 4 bits in legacy tags, 3 in enhanced ones.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct VideoFrameType(pub u8);

impl VideoFrameType {
    /// A seekable frame.
    pub const KEY: Self = Self(1);
    /// A frame that needs others.
    pub const INTER: Self = Self(2);
    /// H.263 only.
    pub const DISPOSABLE_INTER: Self = Self(3);
    /// Reserved for servers.
    pub const GENERATED_KEY: Self = Self(4);
    /// Not a frame but a [`VideoCommand`].
    pub const COMMAND: Self = Self(5);
}

/// CodecID, 4 bits.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct VideoCodecId(pub u8);

impl VideoCodecId {
    /// Sorenson H.263.
    pub const SORENSON_H263: Self = Self(2);
    /// Screen video.
    pub const SCREEN: Self = Self(3);
    /// On2 VP6.
    pub const VP6: Self = Self(4);
    /// On2 VP6 with alpha channel.
    pub const VP6_ALPHA: Self = Self(5);
    /// Screen video version 2.
    pub const SCREEN_2: Self = Self(6);
    /// H.264.
    pub const AVC: Self = Self(7);
    /// H.265: in no standard, but sent.
    pub const HEVC: Self = Self(12);
    /// AV1: in no standard, but sent.
    pub const AV1: Self = Self(13);
}

/// AVCPacketType.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct AvcPacketType(pub u8);

impl AvcPacketType {
    /// AVCDecoderConfigurationRecord.
    pub const SEQUENCE_HEADER: Self = Self(0);
    /// One or more NAL units.
    pub const NALU: Self = Self(1);
    /// End of sequence.
    pub const END_OF_SEQUENCE: Self = Self(2);
}

/// VideoPacketType, 4 bits.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct VideoPacketType(pub u8);

impl VideoPacketType {
    /// A configuration record.
    pub const SEQUENCE_START: Self = Self(0);
    /// Coded frames, with a composition time where the codec needs one.
    pub const CODED_FRAMES: Self = Self(1);
    /// End of sequence.
    pub const SEQUENCE_END: Self = Self(2);
    /// Coded frames whose composition time is 0.
    pub const CODED_FRAMES_X: Self = Self(3);
    /// AMF metadata such as `colorInfo`; the frame type has no meaning.
    pub const METADATA: Self = Self(4);
    /// An AV1 video descriptor of MPEG-2 TS.
    pub const MPEG2TS_SEQUENCE_START: Self = Self(5);
    /// Several tracks.
    pub const MULTITRACK: Self = Self(6);
    /// A modifier in front of the packet.
    pub const MOD_EX: Self = Self(MOD_EX_PACKET_TYPE);
}

/// What a frame of type 5 says.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct VideoCommand(pub u8);

impl VideoCommand {
    /// A client-side seek begins.
    pub const START_SEEK: Self = Self(0);
    /// A client-side seek ends.
    pub const END_SEEK: Self = Self(1);
}
