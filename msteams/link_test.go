package msteams_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/msteams"
)

const (
	linkQuery   = "?groupId=" + teamID + "&tenantId=" + customer
	channelLink = "https://teams.microsoft.com/l/channel/19%3Ageneral%40thread.tacv2/General%2FNews" + linkQuery
)

func TestParseTeamsLink(t *testing.T) {
	t.Parallel()
	channel := msteams.TeamsLink{TenantID: customer, TeamID: teamID, ChannelID: channelID}
	message := channel
	message.MessageID = "1648741500652"
	noTenant := channel
	noTenant.TenantID = ""
	for link, want := range map[string]msteams.TeamsLink{
		channelLink:                                   channel,
		" <" + channelLink + ">\n":                    channel,
		channelLink + "&ngc=true":                     channel,
		strings.ReplaceAll(channelLink, "&", "&amp;"): channel,
		strings.Replace(channelLink, "teams.microsoft.com", "Teams.Cloud.Microsoft", 1):                                                                                   channel,
		strings.Replace(channelLink, "teams.microsoft.com", "gov.teams.microsoft.us", 1):                                                                                  channel,
		strings.Replace(channelLink, "%", "%25", 2):                                                                                                                       channel,
		"https://teams.microsoft.com/l/channel/19:general@thread.tacv2/x?groupId=" + teamID:                                                                               noTenant,
		"https://teams.microsoft.com/l/team/19%3Ageneral%40thread.tacv2/conversations" + linkQuery:                                                                        channel,
		"https://teams.microsoft.com/l/message/19:general@thread.tacv2/1648741500652" + linkQuery + "&teamName=x":                                                         message,
		"https://teams.microsoft.com/_#" + strings.TrimPrefix(channelLink, "https://teams.microsoft.com"):                                                                 channel,
		"https://teams.microsoft.com/dl/launcher/launcher.html?type=channel&url=" + url.QueryEscape("/_#"+strings.TrimPrefix(channelLink, "https://teams.microsoft.com")): channel,
		"https://eur01.safelinks.protection.outlook.com/?data=x&url=" + url.QueryEscape(channelLink):                                                                      channel,
	} {
		got, err := msteams.ParseTeamsLink(link)
		require.NoError(t, err, link)
		assert.Equal(t, &want, got, link)
	}
	for link, says := range map[string]string{
		"":                                "is not the link of a channel",
		"General":                         "is not the link of a channel",
		"https://":                        "is not the link of a channel",
		"https://teams.microsoft.com/v2/": "is not the link of a channel",
		"javascript:alert(1)":             "is not the link of a channel",
		"https://evil.example/l/channel/19%3Ageneral%40thread.tacv2/x" + linkQuery:                     `leads to "evil.example", not to Teams`,
		"https://teams.microsoft.com.evil.example/l/channel/19%3Ageneral%40thread.tacv2/x" + linkQuery: "not to Teams",
		"https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fevil.example":               "not to Teams",
		"https://teams.microsoft.com/l/chat/19:abc@unq.gbl.spaces/0":                                   "leads to a chat",
		"https://teams.microsoft.com/l/meetup-join/19:abc@thread.v2/0":                                 "neither a channel nor a team",
		"https://teams.microsoft.com/l/message/19:general@thread.tacv2/x" + linkQuery:                  "names no message",
		"https://teams.microsoft.com/l/channel/general/x" + linkQuery:                                  "does not name a channel",
		"https://teams.microsoft.com/l/channel/19:general@thread.tacv2/x?tenantId=" + customer:         "lacks the team",
		"https://teams.microsoft.com/l/channel/19:general@thread.tacv2/x?groupId=x":                    "groupId that is not a GUID",
		"https://teams.microsoft.com/l/channel/19:general@thread.tacv2/x?tenantId=x&groupId=" + teamID: "tenantId that is not a GUID",
	} {
		_, err := msteams.ParseTeamsLink(link)
		require.ErrorIs(t, err, msteams.ErrInvalidParams, link)
		assert.ErrorContains(t, err, says)
		assert.ErrorContains(t, err, "Copy link")
		assert.Contains(t, asError(t, err).Fields, "link")
	}
}

func FuzzParseTeamsLink(f *testing.F) {
	f.Add(channelLink)
	f.Add("https://teams.microsoft.com/dl/launcher/launcher.html?url=%2F_%23%2Fl%2Fteam%2F19:a@b%2Fc%3FgroupId%3Dx")
	f.Fuzz(func(t *testing.T, raw string) {
		link, err := msteams.ParseTeamsLink(raw)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r\x1b") {
				t.Errorf("%q", err)
			}
			return
		}
		if !strings.HasPrefix(link.ChannelID, "19:") || len(link.TeamID) != 36 {
			t.Errorf("%q is read as %+v", raw, link)
		}
	})
}
