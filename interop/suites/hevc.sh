# H.265 of libx265, encoded beforehand and pushed as it is: what comes out is compared with what went in, bit by bit and
# picture by picture.

hevc_pictures=120

# encode_hevc FILE PARAMETERS OPTION…: 4 s of small pictures with a sync point each second; x265 sends no text.
encode_hevc() {
    "$ffmpeg9" -nostdin -v error -f lavfi -i "testsrc2=size=320x240:rate=30" -frames:v "$hevc_pictures" \
        -c:v libx265 -preset veryfast -x265-params "log-level=error:info=0:keyint=30:min-keyint=30:scenecut=0:$2" "${@:3}" "$1"
}

push_copy() { # FILE
    timeout 60 "$ffmpeg9" -nostdin -v error -re -i "$1" -c copy -f flv -flvflags no_duration_filesize \
        "rtmp://$address/stream1" 2>"$work/ffmpeg.log" || fail "ffmpeg: $(<"$work/ffmpeg.log")"
}

# publish_tags FILE: FLV tags as they are, whatever is in them.
publish_tags() {
    timeout 60 "$target/debug/examples/publish_flv" "$1" "$address" '' stream1 >"$work/publish.log" 2>&1 ||
        fail "publish_flv: $(<"$work/publish.log")"
}

# What pictures are made of, and all else but parameter sets and delimiters, which are not the publisher's to place.
without_sets() { # FILE
    "$ffmpeg9" -v error -i "$1" -map 0:v -c copy -bsf:v "${2:-}filter_units=remove_types=32-35" -f hevc - | md5sum
}

# How much of it is RASL pictures: those that refer to what comes before their sync point.
leading_bytes() { # FILE
    "$ffmpeg9" -v error -i "$1" -map 0:v -c copy -bsf:v "${2:-}filter_units=pass_types=8-9" -f hevc - | wc -c
}

# The pictures that FFmpeg decodes, one line each, in the order in which they are shown; what it complains about too.
pictures_in() { # FILE
    "$ffmpeg9" -nostdin -v error -xerror -i "$1" -map 0:v -fps_mode passthrough -f framemd5 - 2>&1 |
        awk -F, '!/^#/ { print $NF }'
}

in_gstreamer_h265() { # FILE
    gst-launch-1.0 -v filesrc location="$1" ! qtdemux ! h265parse ! avdec_h265 \
        ! fakesink sync=false silent=false 2>/dev/null | grep -c 'last-message = chain'
}

# What was recorded of camera 1 is the file that was pushed, and plays.
recorded_is() { # FILE
    arrived "$hevc_pictures" || return
    local recorded=$work/record/camera1-1.h265 mp4=$work/record/camera1-1.mp4 shown
    [ "$(without_sets "$recorded")" = "$(without_sets "$1" hevc_mp4toannexb,)" ] ||
        fail 'other NAL units than were pushed' || return
    pictures_in "$1" >"$work/sent"
    [ "$(wc -l <"$work/sent")" -eq "$hevc_pictures" ] || fail 'the source does not decode' || return
    for shown in "$recorded" "$mp4"; do
        pictures_in "$shown" | cmp -s "$work/sent" - || fail "other pictures than were pushed: $(basename "$shown")" || return
    done
    [ "$(ffprobe -v error -show_entries stream=codec_tag_string -of csv=p=0 "$mp4")" = hvc1 ] || fail 'not hvc1' || return
    shown=$(in_ffmpeg ffmpeg "$mp4")
    [ "$shown" -eq "$hevc_pictures" ] || fail "Debian's FFmpeg shows $shown of $hevc_pictures pictures" || return
    shown=$(in_gstreamer_h265 "$mp4")
    [ "$shown" -eq "$hevc_pictures" ] || fail "GStreamer shows $shown of $hevc_pictures pictures" || return
    vlc_shows "$hevc_pictures" "$mp4" || fail "VLC does not show $hevc_pictures pictures"
}

hevc_arrives() { # PARAMETERS OPTION…
    start_host && encode_hevc "$work/source.mp4" "$@" && push_copy "$work/source.mp4" || return
    recorded_is "$work/source.mp4"
}

hevc-closed() { hevc_arrives bframes=2:open-gop=0; }
hevc-open() { hevc_arrives bframes=3:b-adapt=0:open-gop=1; }
hevc-pyramid() { hevc_arrives bframes=7:b-adapt=0:b-pyramid=1:open-gop=1; }
hevc-10-bit() { hevc_arrives bframes=2:open-gop=0 -pix_fmt yuv420p10le -profile:v main10; }
hevc-no-b() { hevc_arrives bframes=0:open-gop=0; }

# Encoded while it is pushed, as people do.
hevc-encoding() {
    start_host || return
    ffmpeg=$ffmpeg9 push_ffmpeg "rtmp://$address/stream1" -codec:v libx265 -x265-params log-level=error ||
        fail "ffmpeg: $(<"$work/ffmpeg.log")" || return
    arrived "$frames"
}

# Sessions that begin while an open group is under way: from their first picture on they show what the source shows,
# and none of the pictures that refer to what came before.
hevc-middle() {
    start_host || return
    encode_hevc "$work/source.mp4" bframes=3:b-adapt=0:open-gop=1 || return
    push_copy "$work/source.mp4" &
    local push=$! viewers=() viewer web shown
    web=$(await 30 '.event == "listening"' | jq -r .web) || return
    for viewer in 1 2 3 4; do
        until [ "$(frame_times 1 | wc -l)" -ge $((viewer * 25)) ]; do
            kill -0 "$push" 2>/dev/null || fail 'the push is over' || return
            sleep 0.1
        done
        interop/live "$web" 1 "$work/viewer$viewer.h265" &
        viewers+=($!)
    done
    wait "$push" || return
    for viewer in "${viewers[@]}"; do
        wait "$viewer" || fail 'a session failed' || return
    done
    recorded_is "$work/source.mp4" || return
    for viewer in 1 2 3 4; do
        pictures_in "$work/viewer$viewer.h265" >"$work/shown"
        shown=$(wc -l <"$work/shown")
        tail -n "$shown" "$work/sent" | cmp -s - "$work/shown" && [ "$shown" -gt 0 ] ||
            fail "session $viewer shows something else than the last $shown pictures" || return
        [ "$(ffprobe -v error -count_packets -show_entries stream=nb_read_packets -of csv=p=0 "$work/viewer$viewer.h265")" = "$shown" ] ||
            fail "session $viewer has pictures that do not decode" || return
    done
    # The last one began in the middle, and there is something to leave out.
    [ "$shown" -lt "$hevc_pictures" ] || fail 'no session began in the middle' || return
    [ "$(leading_bytes "$work/source.mp4" hevc_mp4toannexb,)" -gt "$(leading_bytes "$work/viewer4.h265")" ] ||
        fail 'no leading pictures were left out'
}

# As cameras send it that know nothing of Enhanced RTMP.
hevc-id-12() {
    start_host && encode_hevc "$work/source.mp4" bframes=3:b-adapt=0:open-gop=1 || return
    "$ffmpeg9" -nostdin -v error -i "$work/source.mp4" -c copy -f flv "$work/source.flv" &&
        interop/flv legacy "$work/source.flv" >"$work/legacy.flv" && publish_tags "$work/legacy.flv" || return
    recorded_is "$work/source.mp4"
}

# One publish, two codecs, and back: files of their own, and every picture in one of them.
hevc-codec-change() {
    start_host && encode_hevc "$work/source.mp4" bframes=2:open-gop=0 || return
    "$ffmpeg9" -nostdin -v error -i "$work/source.mp4" -c copy -f flv "$work/h265.flv" || return
    ffmpeg -nostdin -v error -f lavfi -i "testsrc2=size=320x240:rate=30" -frames:v 60 -c:v libx264 -preset ultrafast \
        -bf 2 -g 30 "$work/h264.flv" || return
    interop/flv join "$work/h265.flv" "$work/h264.flv" "$work/h265.flv" >"$work/joined.flv" || return
    publish_tags "$work/joined.flv" || return
    local stopped file name
    stopped=$(await 60 '.event == "stream_stopped"') || return
    stop_host || return
    [ "$(jq .frames <<<"$stopped")" -eq $((2 * hevc_pictures + 60)) ] || fail "stopped with $stopped" || return
    [ "$(cd "$work/record" && echo *)" = "camera1-1.h265 camera1-1.mp4 camera1-2.h264 camera1-2.mp4 camera1-3.h265 camera1-3.mp4" ] ||
        fail "recorded: $(cd "$work/record" && echo *)" || return
    for file in "$work"/record/*; do
        name=$(basename "$file")
        case $name in
            camera1-2.*) pictures_in "$work/h264.flv" >"$work/sent" ;;
            *) pictures_in "$work/h265.flv" >"$work/sent" ;;
        esac
        pictures_in "$file" | cmp -s "$work/sent" - || fail "other pictures than were pushed: $name" || return
    done
}
