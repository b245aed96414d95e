// Processing, with the library oscP5: a disc that moves over the plane and swells with arousal.
// emotrack live --osc localhost:12000 --step-ms 50
import oscP5.*;

float valence, arousal, x, y;

void setup() {
  size(600, 600);
  new OscP5(this, 12000);
}

void oscEvent(OscMessage message) {
  if (!message.checkAddrPattern("/emotrack/emotion")) return;
  valence = message.get(0).floatValue();
  arousal = message.get(1).floatValue();
}

void draw() {
  background(14, 17, 22);
  x = lerp(x, map(valence, -1, 1, 0, width), 0.1);
  y = lerp(y, map(arousal, -1, 1, height, 0), 0.1);
  noStroke();
  fill(lerpColor(color(86, 180, 233), color(230, 159, 0), (valence + 1) / 2));
  circle(x, y, map(arousal, -1, 1, 40, 240));
}
