//! AMF0 (Action Message Format 0): lossless values, borrowed and owned, with limits. no_std.
