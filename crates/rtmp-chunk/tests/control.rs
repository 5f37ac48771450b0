//! Protocol control and user control messages: every body length, both directions.

use proptest::prelude::*;
use rtmp_chunk::{
    ChunkSize, ChunkStreamId, ControlError, LimitType, MessageType, ProtocolControl, Timestamp,
    UserControl,
};

fn encoded(control: &ProtocolControl) -> Vec<u8> {
    let mut body = Vec::new();
    control.encode(&mut body);
    body
}

fn encoded_user(control: &UserControl) -> Vec<u8> {
    let mut body = Vec::new();
    control.encode(&mut body);
    body
}

#[test]
fn sections_5_4_1_to_5_4_5_fields() {
    let abort = ChunkStreamId::new(0x0102).unwrap();
    for (message_type, control, body) in [
        (
            1,
            ProtocolControl::SetChunkSize(ChunkSize::new(4096).unwrap()),
            &[0, 0, 0x10, 0][..],
        ),
        (2, ProtocolControl::Abort(abort), &[0, 0, 1, 2]),
        (
            3,
            ProtocolControl::Acknowledgement(0xFFFF_FFFE),
            &[0xFF, 0xFF, 0xFF, 0xFE],
        ),
        (
            5,
            ProtocolControl::WindowAcknowledgementSize(2_500_000),
            &[0, 0x26, 0x25, 0xA0],
        ),
        (
            6,
            ProtocolControl::SetPeerBandwidth {
                window: 2_500_000,
                limit_type: LimitType::DYNAMIC,
            },
            &[0, 0x26, 0x25, 0xA0, 2],
        ),
    ] {
        assert_eq!(control.message_type(), MessageType(message_type));
        assert_eq!(
            ProtocolControl::parse(MessageType(message_type), body),
            Ok(Some(control))
        );
        assert_eq!(encoded(&control), body);
    }
}

#[test]
fn protocol_control_bodies_of_every_length() {
    let body = [0, 0, 1, 2, 1, 9, 9, 9];
    for message_type in [1, 2, 3, 5, 6].map(MessageType) {
        let needed = if message_type == MessageType::SET_PEER_BANDWIDTH {
            5
        } else {
            4
        };
        let whole = ProtocolControl::parse(message_type, &body).unwrap();
        assert!(whole.is_some());
        for length in 0..=body.len() {
            let parsed = ProtocolControl::parse(message_type, &body[..length]);
            if length < needed {
                assert_eq!(
                    parsed,
                    Err(ControlError::Truncated {
                        needed,
                        actual: length
                    })
                );
            } else {
                assert_eq!(parsed, Ok(whole), "what follows is ignored");
            }
        }
    }
}

#[test]
fn other_types_are_no_protocol_control() {
    for message_type in (0..=255)
        .map(MessageType)
        .filter(|t| ![1, 2, 3, 5, 6].contains(&t.0))
    {
        assert_eq!(ProtocolControl::parse(message_type, &[0; 5]), Ok(None));
    }
}

#[test]
fn windows_of_0_1_and_the_largest_are_read_as_they_are() {
    for window in [0, 1, u32::MAX] {
        let body = window.to_be_bytes();
        let parsed = ProtocolControl::parse(MessageType::WINDOW_ACKNOWLEDGEMENT_SIZE, &body);
        assert_eq!(
            parsed,
            Ok(Some(ProtocolControl::WindowAcknowledgementSize(window)))
        );
    }
}

#[test]
fn section_7_1_7_events() {
    for (control, body) in [
        (UserControl::StreamBegin(1), &[0, 0, 0, 0, 0, 1][..]),
        (UserControl::StreamEof(2), &[0, 1, 0, 0, 0, 2]),
        (UserControl::StreamDry(3), &[0, 2, 0, 0, 0, 3]),
        (
            UserControl::SetBufferLength {
                stream_id: 4,
                milliseconds: 3000,
            },
            &[0, 3, 0, 0, 0, 4, 0, 0, 0x0B, 0xB8],
        ),
        (UserControl::StreamIsRecorded(5), &[0, 4, 0, 0, 0, 5]),
        (UserControl::PingRequest(Timestamp(6)), &[0, 6, 0, 0, 0, 6]),
        (UserControl::PingResponse(Timestamp(7)), &[0, 7, 0, 0, 0, 7]),
        (
            UserControl::Unknown {
                event_type: 31,
                data: vec![0, 0, 0, 1],
            },
            &[0, 31, 0, 0, 0, 1],
        ),
        (
            UserControl::Unknown {
                event_type: 32,
                data: vec![],
            },
            &[0, 32],
        ),
    ] {
        assert_eq!(UserControl::parse(body).as_ref(), Ok(&control));
        assert_eq!(encoded_user(&control), body);
        assert_eq!(control.event_type().to_be_bytes(), body[..2]);
    }
}

#[test]
fn user_control_bodies_of_every_length() {
    for event_type in 0..=40_u16 {
        let body = [
            &event_type.to_be_bytes()[..],
            &[0, 0, 0, 1, 0, 0, 0, 2, 9, 9],
        ]
        .concat();
        for length in 0..=body.len() {
            let needed = match event_type {
                _ if length < 2 => 2,
                0..=2 | 4 | 6 | 7 => 6,
                3 => 10,
                _ => 2,
            };
            match UserControl::parse(&body[..length]) {
                Ok(_) => assert!(length >= needed, "event {event_type}, {length} bytes"),
                Err(error) => {
                    assert_eq!(
                        error,
                        ControlError::Truncated {
                            needed,
                            actual: length
                        },
                        "event {event_type}"
                    );
                    assert!(length < needed);
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn what_is_parsed_is_what_was_encoded(message_type in 0..8_u8, body in prop::collection::vec(any::<u8>(), 0..12)) {
        if let Ok(Some(control)) = ProtocolControl::parse(MessageType(message_type), &body) {
            let again = ProtocolControl::parse(control.message_type(), &encoded(&control));
            prop_assert_eq!(again, Ok(Some(control)));
        }
        if let Ok(control) = UserControl::parse(&body) {
            prop_assert!(body.starts_with(&encoded_user(&control)), "but for what follows the last field");
            prop_assert_eq!(UserControl::parse(&encoded_user(&control)), Ok(control));
        }
    }
}
