"""Stories about people, told through the public face of Waystation, against real servers."""
