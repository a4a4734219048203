// Package teamsnotifytest proves that messages built with go-teams-notify can
// be sent by package webhook as they are. It is a module of its own, so that
// nobody inherits that dependency.
package teamsnotifytest
