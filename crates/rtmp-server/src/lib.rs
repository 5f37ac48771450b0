//! An RTMP and RTMPS ingest server: a sans-IO session, tower-like services and layers, tokio networking.
