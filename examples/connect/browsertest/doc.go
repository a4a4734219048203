// Package browsertest drives the connect example with a real browser, at the widths of a desktop and of
// a phone, in light, dark and forced colors. It is a module of its own so that nobody else inherits the
// driver. It leaves a picture of every page in screenshots;
//
//	go test . -pictures
//
// also makes docs/connect.png and docs/connect-phone.png anew.
//
// testdata/axe.min.js.gz is axe-core 4.14.1, unchanged, under the Mozilla Public License 2.0.
package browsertest
