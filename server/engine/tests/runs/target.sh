#!/bin/sh
# A target: its state is a folder of files, one a service. Every order but `status` is noted in the journal with its key.
cd "$(dirname "$0")" || exit 1
mkdir -p "$SLIPWAY_SERVICE" && cd "$SLIPWAY_SERVICE" || exit 1
put() { printf %s "$2" >"$1.$$" && mv "$1.$$" "$1"; }
get() { cat "$1" 2>/dev/null || printf %s "$2"; }
quoted() { if [ -e "$1" ]; then printf '"%s"' "$(cat "$1")"; else printf null; fi; }
if [ "$1" = status ]; then
    printf '{"version":"%s","canary_version":%s,"weight":%s,"instances":[{"name":"one","variant":"stable","version":"%s","healthy":true}]}\n' \
        "$(get stable 1.0.0)" "$(quoted canary)" "$(get weight 0)" "$(get stable 1.0.0)"
    exit 0
fi
echo "begun $1 $SLIPWAY_KEY" >>journal
if [ -e "slow-$1" ]; then
    echo working
    sleep "$(cat "slow-$1")"
fi
case "$1" in
deploy) put stable "$SLIPWAY_VERSION" ;;
canary) put canary "$SLIPWAY_VERSION" && put weight 0 ;;
weight) put weight "$SLIPWAY_WEIGHT" ;;
promote) put stable "$SLIPWAY_VERSION" && rm -f canary && put weight 0 ;;
rollback)
    [ -n "$SLIPWAY_PREVIOUS_VERSION" ] && put stable "$SLIPWAY_PREVIOUS_VERSION"
    rm -f canary && put weight 0
    ;;
*) exit 64 ;;
esac
echo "done $1 $SLIPWAY_KEY" >>journal
echo "{\"outcome\":\"done\",\"command\":\"$1\"}"
