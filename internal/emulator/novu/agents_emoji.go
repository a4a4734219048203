package novu

import (
	"regexp"
	"strings"
)

// emojiSigns are the emoji that Novu knows, by name, in the order in which it lists them.
var emojiSigns = strings.Fields(`
	100 💯 thumbs_up 👍 thumbs_down 👎 clap 👏 wave 👋 pray 🙏 muscle 💪 ok_hand 👌 point_up 👆 point_down 👇
	point_left 👈 point_right 👉 raised_hands 🙌 shrug 🤷 facepalm 🤦 heart ❤️ smile 😊 laugh 😂 thinking 🤔
	sad 😢 cry 😭 angry 😠 love_eyes 😍 cool 😎 wink 😉 surprised 😮 worried 😟 confused 😕 neutral 😐
	sleeping 😴 sick 🤢 mind_blown 🤯 relieved 😌 grimace 😬 rolling_eyes 🙄 hug 🤗 zany 🤪 check ✅ x ❌
	question ❓ exclamation ❗ warning ⚠️ stop 🛑 info ℹ️ fire 🔥 star ⭐ sparkles ✨ lightning ⚡ boom 💥
	eyes 👀 green_circle 🟢 yellow_circle 🟡 red_circle 🔴 blue_circle 🔵 white_circle ⚪ black_circle ⚫
	rocket 🚀 party 🎉 confetti 🎊 balloon 🎈 gift 🎁 trophy 🏆 medal 🥇 lightbulb 💡 gear ⚙️ wrench 🔧
	hammer 🔨 bug 🐛 link 🔗 lock 🔒 unlock 🔓 key 🔑 pin 📌 memo 📝 clipboard 📋 calendar 📅 clock 🕐
	hourglass ⏳ bell 🔔 megaphone 📢 speech_bubble 💬 email 📧 inbox 📥 outbox 📤 package 📦 folder 📁 file 📄
	chart_up 📈 chart_down 📉 coffee ☕ pizza 🍕 beer 🍺 arrow_up ⬆️ arrow_down ⬇️ arrow_left ⬅️
	arrow_right ➡️ refresh 🔄 sun ☀️ cloud ☁️ rain 🌧️ snow ❄️ rainbow 🌈`)

// emojiSign is the sign of an emoji's name.
func emojiSign(name string) (sign string, known bool) {
	for i := 0; i < len(emojiSigns); i += 2 {
		if emojiSigns[i] == name {
			return emojiSigns[i+1], true
		}
	}
	return "", false
}

// isEmoji is the rule for the name of an emoji.
func isEmoji(v any) string {
	name, _ := v.(string)
	if _, known := emojiSign(name); known {
		return ""
	}
	return `"` + printed(v) + `" is not a supported emoji name. Use GET /agents/emoji to list available options.`
}

var emojiPlaceholder = regexp.MustCompile(`(?i)\{\{emoji:([a-z0-9_]+)\}\}`)

// convertEmoji replaces {{emoji:wave}} by the sign, or by the name where Novu knows none.
func convertEmoji(text string) string {
	return emojiPlaceholder.ReplaceAllStringFunc(text, func(placeholder string) string {
		name := emojiPlaceholder.FindStringSubmatch(placeholder)[1]
		if sign, known := emojiSign(name); known {
			return sign
		}
		return name
	})
}
