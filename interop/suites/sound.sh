# Sound in is sound out: what `-c copy` sends, frame for frame.

# A file with video and sound of a codec.
sound_source() { # CODEC [RATE]
    local rate=${2:-44100}
    [[ $1 == pcm_* ]] && rate=8000
    ffmpeg -nostdin -v error -f lavfi -i "testsrc2=size=320x240:rate=25" \
        -f lavfi -i "sine=frequency=440:sample_rate=$rate" -t 4 -c:v libx264 -preset ultrafast -g 25 -bf 2 \
        -pix_fmt yuv420p -c:a "$1" -f flv "$work/source.flv"
}

# sound_equals SOURCE FORMAT EXTENSION: the recording of microphone 1 has exactly the frames of the source.
sound_equals() {
    await 60 '.event == "stream_stopped"' >/dev/null && stop_host || return
    ffmpeg -nostdin -v error -i "$1" -vn -c copy -f "$2" "$work/sent.$3"
    cmp "$work/sent.$3" "$work/record/microphone1-1.$3" || fail "other sound came out than went in"
}

copied_sound_arrives() { # CODEC FORMAT EXTENSION
    sound_source "$1" && start_host || return
    timeout 120 "${ffmpeg:-ffmpeg}" -nostdin -v error -re -i "$work/source.flv" -c copy -f flv "rtmp://$address/stream1" ||
        fail 'ffmpeg' || return
    sound_equals "$work/source.flv" "$2" "$3"
}

# The movie has it too, as a second track.
sound-aac() {
    copied_sound_arrives aac adts aac || return
    ffmpeg -nostdin -v error -i "$work/record/camera1-1.mp4" -vn -c copy -f adts "$work/movie.aac"
    cmp "$work/sent.aac" "$work/movie.aac" || fail 'other sound is in the movie'
}
sound-aac-ffmpeg9() { ffmpeg=$ffmpeg9 sound-aac; }
sound-alaw() { copied_sound_arrives pcm_alaw alaw alaw; }
sound-mulaw() { copied_sound_arrives pcm_mulaw mulaw mulaw; }

# Of HE-AAC its core: the frames are those of AAC at half the rate, and so are the headers of ADTS.
sound-he-aac() {
    sound_source aac 22050 && interop/flv he-aac "$work/source.flv" >"$work/he-aac.flv" && start_host || return
    timeout 120 ffmpeg -nostdin -v error -re -i "$work/he-aac.flv" -c copy -f flv "rtmp://$address/stream1" ||
        fail 'ffmpeg' || return
    sound_equals "$work/source.flv" adts aac
}

# Opus of Enhanced RTMP is left out, and all of the video arrives.
sound-opus-ffmpeg9() {
    start_host || return
    timeout 120 "$ffmpeg9" -nostdin -v error -re -f lavfi -i "testsrc2=size=320x240:rate=25" -f lavfi -i sine=440 -t 4 \
        -c:v libx264 -preset ultrafast -g 25 -pix_fmt yuv420p -c:a libopus -f flv "rtmp://$address/stream1" ||
        fail 'ffmpeg' || return
    arrived 100 && ! compgen -G "$work/record/microphone*" >/dev/null || fail 'Opus was recorded'
}

# MP3 is left out, and all of the video arrives.
sound-mp3() {
    sound_source mp3 && start_host || return
    timeout 120 ffmpeg -nostdin -v error -re -i "$work/source.flv" -c copy -f flv "rtmp://$address/stream1" ||
        fail 'ffmpeg' || return
    arrived 100 && ! compgen -G "$work/record/microphone*" >/dev/null || fail 'MP3 was recorded'
}

sound-gstreamer() {
    start_host || return
    timeout 120 gst-launch-1.0 -q flvmux name=mux streamable=true ! rtmp2sink location="rtmp://$address/stream1/stream1" \
        videotestsrc num-buffers=100 is-live=true ! video/x-raw,width=320,height=240,framerate=25/1 \
        ! x264enc tune=zerolatency speed-preset=ultrafast ! h264parse ! mux. \
        audiotestsrc num-buffers=170 is-live=true freq=440 samplesperbuffer=1024 ! audio/x-raw,rate=44100,channels=1 \
        ! voaacenc ! aacparse ! mux. >"$work/gstreamer.log" 2>&1 ||
        fail "gst-launch-1.0: $(<"$work/gstreamer.log")" || return
    await 60 '.event == "stream_stopped"' >/dev/null && stop_host || return
    sound_decodes 160
}

# sound_decodes FRAMES: the recording of microphone 1 has at least so many, and none that is broken.
sound_decodes() {
    local frames errors
    frames=$(ffprobe -v error -count_packets -show_entries stream=nb_read_packets -of csv=p=0 "$work/record/microphone1-1.aac")
    [ "$frames" -ge "$1" ] || fail "$frames frames of sound" || return
    errors=$(ffmpeg -v error -i "$work/record/microphone1-1.aac" -f null - 2>&1)
    [ -z "$errors" ] || fail "decoding: $errors"
}
