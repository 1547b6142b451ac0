"""What people do with signals: the steps, and the counts of them. Which signals there are is the exchange's."""
