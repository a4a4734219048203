package main

import (
	"bytes"
	"net/http"

	"github.com/novu-go/novu/msteams"
)

// setupPage is what has to be done outside of this program.
type setupPage struct {
	CallbackURL, ClientID, TenantID string
	Permissions                     []string
	Delegated                       string
}

func (a *app) setup(w http.ResponseWriter, _ *http.Request, s *session) error {
	a.show(w, http.StatusOK, "setup", s, setupPage{
		CallbackURL: a.novu.CallbackURL(), ClientID: a.bot.ClientID, TenantID: a.bot.TenantID,
		Permissions: []string{
			msteams.PermissionTeams, msteams.PermissionChannels, msteams.PermissionCatalog,
			msteams.PermissionInstallInTeam, msteams.PermissionInstallForUser,
		},
		Delegated: msteams.PermissionSignIn,
	})
	return nil
}

// downloadPackage is the Teams app that an administrator uploads.
func (a *app) downloadPackage(w http.ResponseWriter, _ *http.Request, _ *session) error {
	m, err := a.appPackage()
	if err != nil {
		return err
	}
	var archive bytes.Buffer
	if err := m.WritePackage(&archive); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Disposition", `attachment; filename="connect-teams.zip"`)
	_, err = w.Write(archive.Bytes())
	return err
}
