package novu

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

func isURLAddress(v any) string {
	if address, isText := v.(string); isText && address != "" {
		return ""
	}
	return "%s must be a URL address"
}

// bridgeFault is what is wrong with the address of a bridge, or "". Loopback addresses are allowed,
// as on a server that is set up for development; the name localhost never is. Names are not
// resolved, because the emulator uses no network.
func bridgeFault(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https") || u.User != nil {
		return "Invalid URL format."
	}
	host := strings.ToLower(u.Hostname())
	if host == "localhost" {
		return `Requests to "` + host + `" are not allowed.`
	}
	ip, err := netip.ParseAddr(host)
	if err != nil || ip.IsLoopback() {
		return ""
	}
	if ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsUnspecified() || ip.IsMulticast() {
		return "Requests to private or reserved IP addresses are not allowed (resolved: " + ip.String() + ")."
	}
	return ""
}

// emojiNames are the emoji that a reaction may be.
var emojiNames = strings.Fields(`
	100 thumbs_up thumbs_down clap wave pray muscle ok_hand point_up point_down point_left point_right
	raised_hands shrug facepalm heart smile laugh thinking sad cry angry love_eyes cool wink surprised
	worried confused neutral sleeping sick mind_blown relieved grimace rolling_eyes hug zany check x
	question exclamation warning stop info fire star sparkles lightning boom eyes green_circle
	yellow_circle red_circle blue_circle white_circle black_circle rocket party confetti balloon gift
	trophy medal lightbulb gear wrench hammer bug link lock unlock key pin memo clipboard calendar clock
	hourglass bell megaphone speech_bubble email inbox outbox package folder file chart_up chart_down
	coffee pizza beer arrow_up arrow_down arrow_left arrow_right refresh sun cloud rain snow rainbow`)

func isEmoji(v any) string {
	name, isText := v.(string)
	if isText && slices.Contains(emojiNames, name) {
		return ""
	}
	return `"` + printed(v) + `" is not a supported emoji name. Use GET /agents/emoji to list available options.`
}
