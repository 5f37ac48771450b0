//! The READMEs of the packages, whose examples are tests here.

#[doc = include_str!(concat!(env!("PACKAGES"), "/amf0/README.md"))]
pub mod amf0 {}
#[doc = include_str!(concat!(env!("PACKAGES"), "/flv-h264/README.md"))]
pub mod flv_h264 {}
#[doc = include_str!(concat!(env!("PACKAGES"), "/rtmp-chunk/README.md"))]
pub mod rtmp_chunk {}
#[doc = include_str!(concat!(env!("PACKAGES"), "/rtmp-payload/README.md"))]
pub mod rtmp_payload {}
#[doc = include_str!(concat!(env!("PACKAGES"), "/rtmp-server/README.md"))]
pub mod rtmp_server {}
