package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/novu-go/novu/doctor"
)

// What the doctor advises is a command that there is.
func TestAdviceNamesCommands(t *testing.T) {
	t.Parallel()
	var known []string
	for _, c := range commands() {
		known = append(known, c.name)
	}
	for check, text := range advice {
		named := regexp.MustCompile(`"novu-teams (\w+)`).FindAllStringSubmatch(text, -1)
		require.NotEmpty(t, named, check)
		for _, name := range named {
			assert.Contains(t, known, name[1], check)
		}
	}
}

func TestAdviceIsGivenOnce(t *testing.T) {
	t.Parallel()
	broken := func(checks ...doctor.Check) *doctor.Report {
		r := &doctor.Report{}
		for _, check := range checks {
			r.Findings = append(r.Findings, doctor.Finding{Check: check, Verdict: doctor.Broken})
		}
		return r
	}
	var text strings.Builder
	require.NoError(t, printAdvice(&text, broken(doctor.CheckReachable, doctor.CheckKey, doctor.CheckChannel, doctor.CheckConsent)))
	assert.Equal(t, "\n"+replacePlace+"\n\n"+connectAgain+"\n", text.String())
	text.Reset()
	require.NoError(t, printAdvice(&text, &doctor.Report{Findings: []doctor.Finding{{Check: doctor.CheckConsent, Verdict: doctor.OK}}}))
	assert.Empty(t, text.String())
}

// A program that reads the report, and the demonstration, get the report alone.
func TestAdviceIsForPeople(t *testing.T) {
	bakeries(t)
	for args, advised := range map[string]bool{
		"doctor -customer globex -workflow alert":       true,
		"doctor -customer globex -workflow alert -json": false,
		"doctor -demo": false,
	} {
		status, stdout, _ := discreet(t, strings.Fields(args)...)
		assert.Equal(t, exitBroken, status, args)
		assert.Equal(t, advised, strings.Contains(stdout, `"novu-teams add"`), "%s: %s", args, stdout)
	}
}
