package manifest

import (
	"bytes"
	_ "embed" // the pictures
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"strconv"
)

const (
	colorIconSize   = 192
	outlineIconSize = 32
)

func (c *checker) checkIcons(colorIcon, outlineIcon []byte) {
	if len(colorIcon) > 0 {
		c.checkIcon("$.icons.color", colorIcon, colorIconSize)
	}
	if len(outlineIcon) == 0 {
		return
	}
	if img := c.checkIcon("$.icons.outline", outlineIcon, outlineIconSize); img != nil {
		c.checkTransparency("$.icons.outline", img)
	}
}

// checkIcon looks at the size before decoding: a small file can announce an enormous picture.
func (c *checker) checkIcon(path string, data []byte, size int) image.Image {
	header, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		c.add(path, RuleIconFormat, "is not a PNG file: %v", err)
		return nil
	}
	if header.Width != size || header.Height != size {
		c.add(path, RuleIconSize, "is a picture of %d×%d pixels, want %d×%d", header.Width, header.Height, size, size)
		return nil
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		c.add(path, RuleIconFormat, "is a damaged PNG file: %v", err)
		return nil
	}
	return img
}

func (c *checker) checkTransparency(path string, img image.Image) {
	var colored, clear, drawn int
	bounds := img.Bounds()
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			r, g, b, a := img.At(x, y).RGBA() // premultiplied: white is r = g = b = a
			switch {
			case a == 0:
				clear++
			case r == a && g == a && b == a:
				drawn++
			default:
				colored++
			}
		}
	}
	switch {
	case colored > 0:
		c.add(path, RuleIconTransparency, "has %d pixels that are neither white nor transparent", colored)
	case clear == 0:
		c.add(path, RuleIconTransparency, "is white all over; want a white drawing on a transparent ground")
	case drawn == 0:
		c.add(path, RuleIconTransparency, "is empty; want a white drawing on a transparent ground")
	}
}

// The pictures for apps that bring none of their own: a white bell for the color icon, to be put on
// the accent color, and the outline icon as it is.
var (
	//go:embed icons/bell.png
	bell []byte
	//go:embed icons/outline.png
	bellOutline []byte
)

// drawColorIcon returns a bell on the accent color. The bell is white, or black on a light ground.
// It keeps to the middle half of the picture, which Teams shows in every shape it cuts.
func drawColorIcon(accent string) ([]byte, error) {
	mask, err := png.Decode(bytes.NewReader(bell))
	if err != nil {
		return nil, fmt.Errorf("manifest: draw icon: %w", err)
	}
	ground, ink := parseColor(accent), color.White
	if 0.299*float64(ground.R)+0.587*float64(ground.G)+0.114*float64(ground.B) > 170 {
		ink = color.Black
	}
	icon := image.NewNRGBA(mask.Bounds())
	draw.Draw(icon, icon.Bounds(), image.NewUniform(ground), image.Point{}, draw.Src)
	draw.DrawMask(icon, icon.Bounds(), image.NewUniform(ink), image.Point{}, mask, image.Point{}, draw.Over)
	var buf bytes.Buffer
	if err := png.Encode(&buf, icon); err != nil {
		return nil, fmt.Errorf("manifest: draw icon: %w", err)
	}
	return buf.Bytes(), nil
}

// parseColor reads "#RRGGBB", which Validate has checked.
func parseColor(s string) color.NRGBA {
	var rgb uint64
	if len(s) > 1 {
		rgb, _ = strconv.ParseUint(s[1:], 16, 24)
	}
	return color.NRGBA{R: uint8(rgb >> 16), G: uint8(rgb >> 8), B: uint8(rgb), A: 255}
}
