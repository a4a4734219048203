package msteams

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/novu-go/novu/internal/check"
)

// TeamsLink is what a link says that people copy out of Teams.
type TeamsLink struct {
	TenantID  string // a GUID; empty if the link does not name it
	TeamID    string // a GUID, as in Team.ID
	ChannelID string // a thread id, as in Channel.ID; for the link of a team that of its General channel
	// MessageID names the message that a message's link leads to, else it is empty.
	MessageID string
}

// teamsHosts are where the Teams clients of Microsoft's clouds live.
var teamsHosts = []string{
	"teams.microsoft.com", "teams.cloud.microsoft", "gov.teams.microsoft.us", "dod.teams.microsoft.us", "teams.microsoftonline.cn",
}

const copyLink = "in Teams, choose ••• beside the channel and then \"Copy link\" (\"Get link to channel\")"

// ParseTeamsLink reads a link to a channel, a team or a message in a channel that somebody copied
// out of Teams: "https://teams.microsoft.com/l/channel/…". It also takes such a link from the
// address bar of a browser and out of Outlook's Safe Links. It sends nothing and proves nothing:
// whether the channel exists and the app may post there, only [Tenant.Channels] tells. The error is
// ErrInvalidParams and says in words for whoever pasted the link what is wrong.
func ParseTeamsLink(link string) (*TeamsLink, error) {
	checks := checkParams("parse Teams link")
	u, problem := unwrapTeamsLink(strings.ReplaceAll(strings.Trim(strings.TrimSpace(link), "<>"), "&amp;", "&"))
	if problem != "" {
		return nil, checks.add("link", problem).err()
	}
	parsed, problem := readTeamsLink(u)
	if problem != "" {
		return nil, checks.add("link", problem).err()
	}
	return parsed, nil
}

// unwrapTeamsLink returns the link's /l/… address, whatever page it was copied from.
func unwrapTeamsLink(link string) (*url.URL, string) {
	for range 3 { // Safe Links around the launcher's page around the link
		u, err := url.Parse(link)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" {
			return nil, "is not the link of a channel: " + copyLink
		}
		host := strings.ToLower(u.Hostname())
		switch inner := u.Query().Get("url"); {
		case inner != "" && strings.HasSuffix(host, ".safelinks.protection.outlook.com"):
			link = inner
		case !slices.Contains(teamsHosts, host):
			return nil, fmt.Sprintf("leads to %.80q, not to Teams: ", host) + copyLink
		case inner != "" && strings.HasPrefix(u.Path, "/dl/launcher/"):
			link = "https://" + host + strings.TrimPrefix(inner, "/_#")
		case strings.HasPrefix(u.Fragment, "/l/"): // https://teams.microsoft.com/_#/l/channel/…
			_, fragment, _ := strings.Cut(link, "#")
			link = "https://" + host + fragment
		default:
			return u, ""
		}
	}
	return nil, "is wrapped too often: " + copyLink
}

var linkMessage = regexp.MustCompile(`^[0-9]{1,20}$`)

// readTeamsLink takes a /l/… address apart.
func readTeamsLink(u *url.URL) (*TeamsLink, string) {
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	if len(parts) < 3 || parts[0] != "l" {
		return nil, "is not the link of a channel: " + copyLink
	}
	query := u.Query()
	link := &TeamsLink{TenantID: query.Get("tenantId"), TeamID: query.Get("groupId"), ChannelID: parts[2]}
	if unescaped, err := url.PathUnescape(link.ChannelID); err == nil { // some programs escape it twice
		link.ChannelID = unescaped
	}
	switch parts[1] {
	case "channel", "team":
	case "message":
		if len(parts) < 4 || !linkMessage.MatchString(parts[3]) {
			return nil, "names no message: " + copyLink
		}
		link.MessageID = parts[3]
	case "chat":
		return nil, "leads to a chat, and only channels are addressed this way: " + copyLink
	default:
		return nil, "leads to neither a channel nor a team: " + copyLink
	}
	switch {
	case !thread.MatchString(link.ChannelID) || strings.Contains(link.ChannelID, ";"):
		return nil, "does not name a channel (19:…@thread.tacv2): " + copyLink
	case link.TeamID == "":
		return nil, "lacks the team (groupId): " + copyLink
	case !check.IsGUID(link.TeamID):
		return nil, "has a groupId that is not a GUID: " + copyLink
	case link.TenantID != "" && !check.IsGUID(link.TenantID):
		return nil, "has a tenantId that is not a GUID: " + copyLink
	}
	return link, ""
}
