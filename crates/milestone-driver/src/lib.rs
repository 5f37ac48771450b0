//! RTMP and RTMPS push ingest as a device driver for the Milestone XProtect Recording Server.

pub mod picture;
