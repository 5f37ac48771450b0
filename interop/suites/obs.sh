# OBS Studio.

obs() {
    local push=../shared/interop/obs-push sent received
    [ -x "$push" ] || push=interop/obs-push
    start_host || return
    "$push" "rtmp://$address" stream1 15 >"$work/obs.log" 2>&1 ||
        fail "OBS: $(tail -n 5 "$work/obs.log")" || return
    sent=$(sed -n "s/.*Output 'simple_stream': Total frames output: \([0-9]*\).*/\1/p" "$work/obs.log" | tail -n 1)
    received=$(await 30 '.event == "stream_stopped"' | jq .frames) || return
    # OBS counts the frame that tells it to stop, and may throw it away. Where it was ended by a signal it does not
    # count at all.
    local lost=$((${sent:-$received} - received))
    [ "$received" -ge 60 ] && [ "$lost" -ge 0 ] && [ "$lost" -le 1 ] ||
        fail "OBS sent ${sent:-?} frames, $received arrived" || return
    # AAC of 44.1 or 48 kHz has 43 frames a second or more, for as long as there are 60 pictures.
    arrived "$received" && sound_decodes 80
}
